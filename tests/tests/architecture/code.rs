//! Just enough of Rust's lexical structure to tell code from prose, and a name from a part of one.

/// Blanks comments and the contents of string and character literals; keeps every line end, so
/// that line numbers stay true.
pub(crate) fn without_comments_and_quotes(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(next) = rest.chars().next() {
        let length = prose_len(rest, code.chars().next_back());
        if length == 0 {
            code.push(next);
            rest = &rest[next.len_utf8()..];
        } else {
            let (prose, after) = rest.split_at(length);
            code.push(' ');
            code.extend(prose.chars().filter(|&character| character == '\n'));
            rest = after;
        }
    }
    code
}

/// The number of the first line that has this text.
pub(crate) fn line_with(code: &str, text: &str) -> Option<usize> {
    code.find(text).map(|at| line_number(code, at))
}

/// The number of the first line that names the crate: `name::…`, `use name…`, `extern crate name`.
pub(crate) fn line_naming_crate(code: &str, name: &str) -> Option<usize> {
    let names_crate = |&at: &usize| {
        let before = code[..at].trim_end();
        let imported = ["use", "crate"].iter().any(|word| ends_with_word(before, word));
        let is_inside_path = before.strip_suffix("::").is_some_and(is_word_end);
        imported || (code[at + name.len()..].starts_with("::") && !is_inside_path)
    };
    words(code, name).find(names_crate).map(|at| line_number(code, at))
}

/// The number of the first line that names `std::module`, alone or in a group
/// (`use std::{module, …}`), or the same of `core`.
pub(crate) fn line_naming_std_module(code: &str, module: &str) -> Option<usize> {
    ["std::", "core::"].iter().find_map(|root| {
        code.match_indices(root).find_map(|(at, _)| {
            let path = &code[at + root.len()..];
            let named = if path.starts_with('{') {
                let group = &path[..path.find(';').unwrap_or(path.len())];
                words(group, module).any(|word| is_group_head(&group[..word]))
            } else {
                words(path, module).next() == Some(0)
            };
            named.then(|| line_number(code, at))
        })
    })
}

/// How many bytes at the start of `rest` are a comment or a literal in quotes; 0 if it is code.
fn prose_len(rest: &str, before: Option<char>) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment_len(rest);
    }
    if rest.starts_with('"') {
        return quoted_len(rest, '"');
    }
    if rest.starts_with('\'') {
        return char_literal_len(rest);
    }
    if rest.starts_with('r') && before.is_none_or(|c| c == 'b' || c == 'c' || !is_word_char(c)) {
        return raw_string_len(rest);
    }
    0
}

/// Block comments nest.
fn block_comment_len(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        if rest.as_bytes()[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.as_bytes()[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// From the opening quote to the closing one; a backslash takes the next character with it.
fn quoted_len(rest: &str, quote: char) -> usize {
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character == quote {
            return at + 1;
        }
    }
    rest.len()
}

/// `'x'` and `'\n'` are literals, `'x` is a lifetime.
fn char_literal_len(rest: &str) -> usize {
    let mut characters = rest.chars().skip(1);
    let (first, second) = (characters.next(), characters.next());
    if first == Some('\\') || second == Some('\'') { quoted_len(rest, '\'') } else { 0 }
}

/// `r"…"`, `r#"…"#`; 0 for a raw identifier or a word that begins with r.
fn raw_string_len(rest: &str) -> usize {
    let hashes = rest[1..].bytes().take_while(|&byte| byte == b'#').count();
    let opening = 1 + hashes;
    if !rest[opening..].starts_with('"') {
        return 0;
    }
    let closing = format!("\"{}", "#".repeat(hashes));
    let content = &rest[opening + 1..];
    content.find(&closing).map_or(rest.len(), |at| opening + 1 + at + closing.len())
}

/// Where the name stands as a word of its own.
fn words<'a>(code: &'a str, name: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(name).map(|(at, _)| at).filter(move |&at| {
        !is_word_end(&code[..at]) && !code[at + name.len()..].starts_with(is_word_char)
    })
}

/// Whether a name after this text begins a path of the group `{a, b::{c}}`: an `a` or a `b`.
fn is_group_head(before: &str) -> bool {
    let depth = before.matches('{').count() - before.matches('}').count();
    depth == 1 && before.trim_end().ends_with(['{', ','])
}

fn ends_with_word(text: &str, word: &str) -> bool {
    text.strip_suffix(word).is_some_and(|before| !is_word_end(before))
}

fn is_word_end(text: &str) -> bool {
    text.ends_with(is_word_char)
}

fn is_word_char(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn line_number(code: &str, at: usize) -> usize {
    1 + code[..at].matches('\n').count()
}

#[test]
fn comments_and_quotes_are_not_code() {
    for (source, expected) in [
        ("a // b\nc", "a  \nc"),
        ("a /* b /* c */\n d */ e", "a  \n e"),
        (r#"f("x // \" y") + 1"#, "f( ) + 1"),
        ("r#\"a \" b\"# c", "  c"),
        ("br\"\\\" c", "b  c"),
        ("r#type = var\"x\"", "r#type = var "),
        ("['\"', '\\'', 'é'] fn f<'a>(x: &'a str)", "[ ,  ,  ] fn f<'a>(x: &'a str)"),
        ("\"a\nb\" c", " \n c"),
    ] {
        assert_eq!(without_comments_and_quotes(source), expected, "{source:?}");
    }
}

#[test]
fn a_crate_is_named_by_paths_and_imports_only() {
    for (code, expected) in [
        ("\nlet db = sled::open();", Some(2)),
        ("use sled;", Some(1)),
        ("pub(crate) use sled::Db;", Some(1)),
        ("let x = ::sled::open();", Some(1)),
        ("extern crate sled as s;", Some(1)),
        ("let sled = 1; sleds::x(); my_sled::x(); crate::sled::x();", None),
    ] {
        assert_eq!(line_naming_crate(code, "sled"), expected, "{code:?}");
    }
}

#[test]
fn a_std_module_is_named_alone_or_in_a_group() {
    for (code, expected) in [
        ("use std::fs;", Some(1)),
        ("x(\n std::fs::read(y))", Some(2)),
        ("use std::{collections::BTreeMap, fs::File};", Some(1)),
        ("use std::{\n    fmt,\n    fs,\n};", Some(1)),
        ("use std::{fmt::{self, Write}, fs};", Some(1)),
        ("use std::fmt; use crate::fs;", None),
        ("use std::{collections::{fs, x}, fmt}; let fs = 1;", None),
        ("std::fsx::y()", None),
    ] {
        assert_eq!(line_naming_std_module(code, "fs"), expected, "{code:?}");
    }
}
