//! The workspace as cargo and the file system tell it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::code;

pub(crate) struct Workspace {
    pub(crate) members: Vec<Member>,
    pub(crate) sources: Vec<SourceFile>,
}

pub(crate) struct Member {
    pub(crate) name: String,
    /// Its `Cargo.toml`, relative to the workspace.
    pub(crate) manifest: String,
    /// Packages it is built with: normal and build dependencies, for whatever target.
    pub(crate) dependencies: Vec<String>,
    pub(crate) dev_dependencies: Vec<String>,
    /// The first files of its library and programs.
    pub(crate) roots: Vec<PathBuf>,
}

pub(crate) struct SourceFile {
    /// Relative to the workspace.
    pub(crate) path: String,
    /// Its text without comments and without what is in quotes; lines keep their numbers.
    pub(crate) code: String,
}

impl Workspace {
    pub(crate) fn load() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
            .current_dir(root)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        let mut files = Vec::new();
        collect_rust_files(&root.join("crates"), &mut files);
        collect_rust_files(&root.join("tests"), &mut files);
        Self {
            members: packages.iter().map(|package| Member::from_metadata(package, root)).collect(),
            sources: files.iter().map(|file| SourceFile::read(file, root)).collect(),
        }
    }
}

impl Member {
    fn from_metadata(package: &Value, root: &Path) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let dependencies = package["dependencies"].as_array().unwrap();
        let (dev, built_with): (Vec<_>, Vec<_>) =
            dependencies.iter().partition(|dependency| dependency["kind"] == "dev");
        let names = |list: &[&Value]| list.iter().map(|item| text(&item["name"])).collect();
        let is_root = |target: &&Value| {
            let kinds = target["kind"].as_array().unwrap();
            kinds.iter().any(|kind| kind == "lib" || kind == "bin")
        };
        let targets = package["targets"].as_array().unwrap();
        Self {
            name: text(&package["name"]),
            manifest: relative(Path::new(&text(&package["manifest_path"])), root),
            dependencies: names(&built_with),
            dev_dependencies: names(&dev),
            roots: targets.iter().filter(is_root).map(|t| text(&t["src_path"]).into()).collect(),
        }
    }
}

impl SourceFile {
    fn read(file: &Path, root: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        Self { path: relative(file, root), code: code::without_comments_and_quotes(&text) }
    }

    pub(crate) fn is_in(&self, path: &str) -> bool {
        self.path.starts_with(path)
    }
}

fn collect_rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect_rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}
