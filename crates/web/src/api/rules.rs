//! The REST paths, as `google.api.http` declares them beside the methods.

use hyper::{Method, header::HeaderValue};
use matchit::Router;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, MessageDescriptor, MethodDescriptor,
};

use super::fields::{FieldPath, field_path, is_one_word};
use crate::transcode::method_name;

/// The option's name.
const OPTION: &str = "google.api.http";

/// A `google.api.http` that can't be kept.
#[derive(Debug, thiserror::Error)]
#[error("google.api.http of {method}: {problem}")]
pub struct RuleError {
    /// `kiosk.v1.OrderService/PlaceOrder`.
    pub method: String,
    /// What is wrong with its rule.
    pub problem: String,
}

/// All paths.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// Which of the paths; in a template each field is the number of its place.
    router: Router<usize>,
    paths: Vec<Path>,
}

/// What can be done with one path, by HTTP method.
#[derive(Debug)]
struct Path {
    template: String,
    rules: Vec<(Method, Rule)>,
}

/// One HTTP method of one path.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The method that it calls.
    pub(super) method: String,
    pub(super) input: MessageDescriptor,
    /// The fields that the path's variable segments are, in their order.
    pub(super) params: Vec<FieldPath>,
    pub(super) body: Body,
}

/// What of the message is in the body.
#[derive(Debug)]
pub(super) enum Body {
    None,
    Whole,
    Field(FieldDescriptor),
}

/// A path that there is.
pub(crate) struct Found<'a> {
    path: &'a Path,
    /// The texts of its variable segments, as they are in the URL.
    pub(super) params: Vec<&'a str>,
}

impl Rules {
    /// Reads what the contract declares.
    pub(crate) fn new(contract: &DescriptorPool) -> Result<Self, RuleError> {
        let mut rules = Self::default();
        let Some(option) = contract.get_extension_by_name(OPTION) else { return Ok(rules) };
        for method in contract.services().flat_map(|it| it.methods().collect::<Vec<_>>()) {
            let options = method.options();
            if options.has_extension(&option) {
                let declared = options.get_extension(&option);
                let added = declared.as_message().map(|rule| rules.add_all(&method, rule));
                added
                    .transpose()
                    .map_err(|problem| RuleError { method: method_name(&method), problem })?;
            }
        }
        Ok(rules)
    }

    pub(super) fn find<'a>(&'a self, path: &'a str) -> Option<Found<'a>> {
        let found = self.router.at(path).ok()?;
        let params = found.params.iter().map(|(_, text)| text).collect();
        Some(Found { path: self.paths.get(*found.value)?, params })
    }

    /// The rule and its `additional_bindings`.
    fn add_all(&mut self, method: &MethodDescriptor, rule: &DynamicMessage) -> Result<(), String> {
        self.add(method, rule)?;
        let more = rule.get_field_by_name("additional_bindings");
        for rule in more.iter().filter_map(|more| more.as_list()).flatten() {
            self.add(method, rule.as_message().ok_or("additional_bindings has no rule")?)?;
        }
        Ok(())
    }

    fn add(&mut self, method: &MethodDescriptor, rule: &DynamicMessage) -> Result<(), String> {
        if method.is_client_streaming() || method.is_server_streaming() {
            return Err("a method that streams has no path".into());
        }
        if !text(rule, "response_body").is_empty() {
            return Err("response_body is not understood".into());
        }
        let (verb, template) = verb_and_template(rule)?;
        let input = method.input();
        let (normal, params) = parse(&template, &input)?;
        let body = body(&text(rule, "body"), &verb, &input)?;
        let rule = Rule { method: method_name(method), input, params, body };
        let known = self.paths.iter_mut().find(|path| path.template == normal);
        let Some(path) = known else {
            let inserted = self.router.insert(normal.clone(), self.paths.len());
            inserted.map_err(|error| format!("{template}: {error}"))?;
            self.paths.push(Path { template: normal, rules: vec![(verb, rule)] });
            return Ok(());
        };
        if let Some(other) = path.rule(&verb) {
            return Err(format!("{verb} {template} is {} already", other.method));
        }
        path.rules.push((verb, rule));
        Ok(())
    }
}

impl Found<'_> {
    /// What a request of that method does. HEAD does what GET does: the answer's body is left out
    /// when it is written.
    pub(super) fn rule(&self, method: &Method) -> Option<&Rule> {
        self.path.rule(if method == Method::HEAD { &Method::GET } else { method })
    }

    /// The methods that there are.
    pub(super) fn allow(&self) -> HeaderValue {
        let mut methods: Vec<&str> = self.path.rules.iter().map(|(it, _)| it.as_str()).collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.push("OPTIONS");
        // The names of methods, which are words.
        HeaderValue::try_from(methods.join(", ")).unwrap_or(HeaderValue::from_static("OPTIONS"))
    }
}

impl Path {
    fn rule(&self, method: &Method) -> Option<&Rule> {
        self.rules.iter().find(|(verb, _)| verb == method).map(|(_, rule)| rule)
    }
}

fn verb_and_template(rule: &DynamicMessage) -> Result<(Method, String), String> {
    let verbs = [Method::GET, Method::PUT, Method::POST, Method::DELETE, Method::PATCH];
    let declared = verbs.into_iter().map(|verb| {
        let template = text(rule, &verb.as_str().to_ascii_lowercase());
        (verb, template)
    });
    declared
        .into_iter()
        .find(|(_, template)| !template.is_empty())
        .ok_or_else(|| "it must have one of get, put, post, delete and patch".into())
}

/// `/api/orders/{order_id}` to `/api/orders/{0}` and the fields. Paths that differ in the names of
/// their fields only are the same path.
fn parse(template: &str, input: &MessageDescriptor) -> Result<(String, Vec<FieldPath>), String> {
    let Some(rest) = template.strip_prefix("/api/") else {
        return Err(format!("{template} does not begin with /api/"));
    };
    let mut normal = "/api".to_owned();
    let mut params: Vec<FieldPath> = Vec::new();
    for segment in rest.split('/') {
        normal.push('/');
        if let Some(name) = segment.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
            let path =
                field_path(input, name).map_err(|problem| format!("{template}: {problem}"))?;
            if !path.last().is_some_and(is_one_word) {
                return Err(format!("{template}: {name} can't be one segment"));
            }
            if params.contains(&path) {
                return Err(format!("{template}: {name} is there twice"));
            }
            normal.push_str(&format!("{{{}}}", params.len()));
            params.push(path);
        } else if segment.is_empty() || segment.contains(['{', '}', '*', ':', '%', '?', '#']) {
            return Err(format!("{template}: {segment:?} is neither a word nor {{field}}"));
        } else {
            normal.push_str(segment);
        }
    }
    Ok((normal, params))
}

fn body(name: &str, verb: &Method, input: &MessageDescriptor) -> Result<Body, String> {
    let body = match name {
        "" => return Ok(Body::None),
        "*" => Body::Whole,
        name => Body::Field(
            input.get_field_by_name(name).ok_or_else(|| format!("body: there is no {name}"))?,
        ),
    };
    match verb {
        &Method::GET | &Method::DELETE => Err(format!("a {verb} has no body")),
        _ => Ok(body),
    }
}

fn text(rule: &DynamicMessage, field: &str) -> String {
    let value = rule.get_field_by_name(field);
    value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
