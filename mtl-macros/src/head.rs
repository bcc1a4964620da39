//! The entries of a head's block: loss, weight, metrics, labels.

use proc_macro2::{Ident, TokenStream};

use crate::arguments::Reader;
use crate::assertion::{Claim, NumberAssertion};
use crate::ast::{self, Entry, Term, TermKind};
use crate::diagnostic::Place;
use crate::emit::own::count_of_categories;
use crate::foreign;
use crate::number::Number;
use crate::resolve::{ClassNames, ClassNamesKind, HeadOptions, LossChoice, MetricChoice};
use crate::size::Dim;
use crate::step;
use crate::suggest;
use crate::text;
use crate::vocabulary::{self, ArgumentKind, HeadKey};

/// Reads the block of a head.
pub(crate) fn options(reader: &mut Reader, head: &Ident, block: &ast::Block, classes: Option<ClassNames>) -> HeadOptions {
    let mut options = HeadOptions {
        loss: if block.broken { LossChoice::Broken } else { LossChoice::Missing },
        weight: None,
        partial: false,
        metrics: Vec::new(),
        class_weights: None,
        label_smoothing: None,
        standardized: None,
        classes,
    };
    let mut seen: Vec<HeadKey> = Vec::new();
    for Entry { key, value } in &block.entries {
        let Some(known) = HeadKey::find(&key.to_string()) else {
            // A loss under a misspelt key is no missing loss.
            if unknown_key(reader, key) == Some(HeadKey::Loss) {
                options.loss = LossChoice::Broken;
            }
            continue;
        };
        if seen.contains(&known) {
            let (fault, help) = match known {
                HeadKey::Loss => (format!("head `{head}` has two losses"), "take one of the two out; for two losses on one flow, write two heads"),
                _ => (format!("`{known}` of head `{head}` is given twice"), "take one of the two out"),
            };
            reader.diagnostics.report(key, fault, help);
            continue;
        }
        seen.push(known);
        match known {
            HeadKey::Loss => options.loss = loss(reader, value),
            HeadKey::Weight => options.weight = weight(reader, head, value),
            HeadKey::Metrics => options.metrics = metrics(reader, head, value),
            HeadKey::Labels => options.partial = labels(reader, value),
            HeadKey::ClassWeights => options.class_weights = class_weights(reader, head, value, options.classes.as_ref()),
            // They were read before the flow, whose width they are.
            HeadKey::Classes => {}
            HeadKey::Targets => options.standardized = targets(reader, value),
            HeadKey::LabelSmoothing => {
                options.label_smoothing = Some((reader.number(value, vocabulary::SMOOTHING, "`label_smoothing`", "0.1"), key.into()));
            }
        }
    }
    options
}

fn unknown_key(reader: &mut Reader, key: &Ident) -> Option<HeadKey> {
    let word = key.to_string();
    if let Some(foreign) = foreign::find(foreign::KEYS, &word) {
        reader.diagnostics.report(key, format!("`{word}` {}", foreign.means), foreign.help(None));
        return None;
    }
    let meant = suggest::nearest(&word, HeadKey::words()).and_then(HeadKey::find);
    let help = match meant {
        Some(meant) => format!("a key with a similar name exists: `{meant}`"),
        None => format!("the keys are {}", suggest::list(HeadKey::words())),
    };
    reader.diagnostics.report(key, format!("a head has no key `{word}`"), help);
    meant
}

fn loss(reader: &mut Reader, value: &Term) -> LossChoice {
    match &value.kind {
        TermKind::Broken => LossChoice::Broken,
        TermKind::Name(name, arguments) => {
            let word = name.to_string();
            let Some(loss) = vocabulary::find_loss(&word) else {
                if let Some(foreign) = foreign::find(foreign::LOSSES, &word) {
                    reader.diagnostics.report(name, format!("`{name}` {}", foreign.means), foreign.help(arguments.as_ref()));
                    return LossChoice::Broken;
                }
                let help = match suggest::nearest(&word, vocabulary::loss_names()) {
                    Some(near) => format!("a loss with a similar name exists: `{near}`"),
                    None => {
                        let all = suggest::list(vocabulary::LOSSES.iter().map(|loss| loss.name));
                        format!("the losses are {all}; one of your own is written with its path: `crate::{word}`")
                    }
                };
                reader.diagnostics.report(name, format!("unknown loss `{name}`"), help);
                return LossChoice::Broken;
            };
            let arguments = reader.numbers(&word, name.into(), loss.arguments, arguments.as_ref());
            LossChoice::Named { loss, arguments, place: name.into() }
        }
        TermKind::Path(path) => {
            if let Some(name) = reader.generic_within(&path.path) {
                reader.diagnostics.report(
                    &name,
                    format!("`{name}` is a parameter of the struct, and cannot size a loss of your own"),
                    format!("make `{name}` a `const` outside of the model"),
                );
                return LossChoice::Broken;
            }
            LossChoice::Custom { path: path.path.clone(), arguments: path.arguments.clone().unwrap_or_default(), name: path.last.to_string() }
        }
        TermKind::Module(module) => {
            foreign::report(reader.diagnostics, module, foreign::LOSSES);
            LossChoice::Broken
        }
        TermKind::Text(word) => {
            let help = match vocabulary::find_loss(word) {
                Some(loss) => format!("write `loss: {}`", loss.name),
                None => "write `loss: mse`".into(),
            };
            reader.diagnostics.report(value.place, "a loss is a name without quotes", help);
            LossChoice::Broken
        }
        _ => {
            reader.diagnostics.report(value.place, format!("`{}` is not a loss", text::term(value)), "write the name of a loss: `loss: mse`");
            LossChoice::Broken
        }
    }
}

fn weight(reader: &mut Reader, head: &Ident, value: &Term) -> Option<(Number, Place)> {
    let number = reader.number(value, vocabulary::NOT_NEGATIVE, &format!("the weight of head `{head}`"), "0.5")?;
    Some((number, value.place))
}

fn labels(reader: &mut Reader, value: &Term) -> bool {
    match &value.kind {
        TermKind::Broken => false,
        TermKind::Name(word, None) if word == "partial" => true,
        TermKind::Name(word, None) if word == "required" => false,
        _ => {
            let text = text::term(value);
            let near = suggest::nearest(&text, ["required", "partial"]).unwrap_or("partial");
            reader.diagnostics.report(
                value.place,
                format!("`labels` is `required` or `partial`, and not `{text}`"),
                format!("write `labels: {near}`"),
            );
            false
        }
    }
}

fn targets(reader: &mut Reader, value: &Term) -> Option<Place> {
    match &value.kind {
        TermKind::Broken => None,
        TermKind::Name(word, None) if word == "standardized" => Some(value.place),
        _ => {
            let text = text::term(value);
            reader.diagnostics.report(
                value.place,
                format!("`targets` can be `standardized`, and not `{text}`"),
                "write `targets: standardized`, or take it out for targets that the loss takes as they are",
            );
            None
        }
    }
}

/// The names of the classes in the block of a head.
pub(crate) fn classes(reader: &mut Reader, block: &ast::Block, facade: &TokenStream) -> Option<ClassNames> {
    let entry = block.entries.iter().find(|entry| entry.key == HeadKey::Classes.word())?;
    let place = entry.value.place;
    let of_type = |reader: &mut Reader, path: TokenStream| {
        let count = reader.size(count_of_categories(&path, facade));
        ClassNames { count, kind: ClassNamesKind::Type(path), place }
    };
    let broken = ClassNames { kind: ClassNamesKind::Broken, count: Dim::Literal(0), place };
    match &entry.value.kind {
        TermKind::Broken => Some(broken),
        TermKind::Categories(categories) => {
            Some(ClassNames { count: Dim::Literal(categories.variants.len()), kind: ClassNamesKind::Listed(categories.clone()), place })
        }
        TermKind::Name(name, None) => Some(of_type(reader, quote::quote!(#name))),
        TermKind::Path(path) if path.arguments.is_none() && !path.has_generics => Some(of_type(reader, path.path.clone())),
        _ => {
            let text = text::term(&entry.value);
            reader.diagnostics.report(
                place,
                format!("`{text}` does not name classes"),
                "write their names, `classes: { Poor, Good }`, or a type that derives `mtl::Category`, `classes: crate::Health`",
            );
            Some(broken)
        }
    }
}

/// The flow with as many units as there are classes in the last `Dense`, where it has no number of its own.
pub(crate) fn with_units(flow: &ast::Flow, classes: &ClassNames) -> ast::Flow {
    let mut flow = flow.clone();
    let is_activation = |term: &Term| matches!(&term.kind, TermKind::Name(name, _) if vocabulary::find_activation(&name.to_string()).is_some());
    let Some(last) = flow.steps.iter_mut().rev().find(|step| !is_activation(step)) else { return flow };
    let place = last.place;
    let TermKind::Name(name, arguments) = &mut last.kind else { return flow };
    if step::find(&name.to_string()).is_none_or(|word| word.name != "Dense") {
        return flow;
    }
    let arguments = arguments.get_or_insert_with(|| ast::Arguments { items: Vec::new(), broken: false });
    let has_units = match arguments.items.first() {
        None => false,
        Some(ast::Argument { key: None, value }) => {
            !is_activation(value)
                && !matches!(value.kind, TermKind::Path(ref path) if !path.has_generics && path.arguments.is_none() && !is_constant(path))
        }
        Some(ast::Argument { key: Some(_), .. }) => arguments.items.iter().any(|argument| argument.key.as_ref().is_some_and(|key| key == "units")),
    };
    if !has_units {
        let kind = match &classes.count {
            _ if matches!(classes.kind, ClassNamesKind::Broken) => TermKind::Broken,
            Dim::Literal(count) => {
                TermKind::Number(ast::NumberTerm { text: count.to_string(), value: *count as f64, whole: Some(u64::try_from(*count).ok()) })
            }
            Dim::Constant(constant) => TermKind::Expression(constant.written.0.clone()),
            _ => TermKind::Broken,
        };
        arguments.items.insert(0, ast::Argument { key: None, value: Term { kind, place } });
    }
    flow
}

/// A path to a constant, as Rust writes it: `crate::CLASSES`, and no activation's type.
fn is_constant(path: &ast::PathTerm) -> bool {
    path.last.to_string().chars().all(|letter| !letter.is_lowercase())
}

/// `{ Poor: 2.0 }`: those that are not named count 1.
fn weights_by_name(
    reader: &mut Reader,
    head: &Ident,
    entries: &[Entry],
    place: Place,
    classes: Option<&ClassNames>,
) -> Option<(Vec<Option<Number>>, Place)> {
    let Some(ClassNamesKind::Listed(categories)) = classes.map(|classes| &classes.kind) else {
        let (fault, help) = match classes {
            Some(ClassNames { kind: ClassNamesKind::Broken, .. }) => return None,
            Some(_) => (
                "the names of a type's classes are not known here",
                "write one number a class, in the order of the type: `class_weights: [1.0, 2.0]`",
            ),
            None => ("the classes have no names", "write one number a class, `class_weights: [1.0, 2.0]`, or name them: `classes: { Poor, Good }`"),
        };
        reader.diagnostics.report(place, format!("head `{head}` has class weights by name, and {fault}"), help);
        return None;
    };
    let mut weights: Vec<Option<Number>> = vec![Some(Number::Literal(1.0)); categories.variants.len()];
    let mut seen: Vec<&Ident> = Vec::new();
    for Entry { key, value } in entries {
        let Some(number) = categories.variants.iter().position(|variant| variant.name == *key) else {
            let names = || categories.variants.iter().map(|variant| variant.name.to_string()).collect::<Vec<_>>();
            let help = match suggest::nearest(&key.to_string(), names().iter().map(String::as_str)) {
                Some(near) => format!("a class with a similar name exists: `{near}`"),
                None => format!("the classes are {}", suggest::list(names().iter().map(String::as_str))),
            };
            reader.diagnostics.report(key, format!("head `{head}` has no class `{key}`"), help);
            continue;
        };
        if seen.contains(&key) {
            reader.diagnostics.report(key, format!("the weight of class `{key}` is given twice"), "take one of the two out");
            continue;
        }
        seen.push(key);
        weights[number] = reader.number(value, vocabulary::NOT_NEGATIVE, &format!("the weight of class `{key}`"), "2.0");
    }
    Some((weights, place))
}

fn class_weights(reader: &mut Reader, head: &Ident, value: &Term, classes: Option<&ClassNames>) -> Option<(Vec<Option<Number>>, Place)> {
    match &value.kind {
        TermKind::Broken => None,
        TermKind::ByName(entries) => weights_by_name(reader, head, entries, value.place, classes),
        TermKind::List(items) => {
            let what = format!("a class weight of head `{head}`");
            let before = reader.diagnostics.count();
            let weights: Vec<Option<Number>> = items.iter().map(|item| reader.number(item, vocabulary::NOT_NEGATIVE, &what, "2.0")).collect();
            let none_counts = !weights.is_empty() && weights.iter().all(|weight| matches!(weight, Some(Number::Literal(value)) if *value == 0.0));
            if none_counts && reader.diagnostics.count() == before {
                reader.diagnostics.report(
                    value.place,
                    format!("the class weights of head `{head}` are all zero"),
                    "give one class at least a weight above 0",
                );
            }
            let may_be_zero = |weight: &Option<Number>| match weight {
                Some(Number::Literal(value)) => *value == 0.0,
                Some(Number::Expression(_)) => true,
                None => false,
            };
            if !none_counts && weights.iter().all(may_be_zero) {
                reader.numbers.push(NumberAssertion {
                    claim: Claim::NotAllZero(weights.iter().flatten().cloned().collect()),
                    message: format!("the class weights of head `{head}` are all zero\nhelp: give one class at least a weight above 0"),
                    span: value.place.start,
                });
            }
            Some((weights, value.place))
        }
        _ => {
            let text = text::term(value);
            reader.diagnostics.report(
                value.place,
                format!("`class_weights` is a list of numbers, and not `{text}`"),
                "write one number a class: `class_weights: [1.0, 2.0]`",
            );
            None
        }
    }
}

fn metrics(reader: &mut Reader, head: &Ident, value: &Term) -> Vec<MetricChoice> {
    let items = match &value.kind {
        TermKind::Broken => return Vec::new(),
        TermKind::List(items) => items,
        _ => {
            let text = text::term(value);
            reader.diagnostics.report(value.place, "metrics stand in brackets", format!("write `metrics: [{text}]`"));
            return Vec::new();
        }
    };
    let mut metrics: Vec<MetricChoice> = Vec::new();
    for item in items {
        let Some(metric) = metric(reader, item) else { continue };
        let twice = metrics.iter().any(|other| field(other) == field(&metric));
        if twice {
            let text = text::term(item);
            reader.diagnostics.report(metric.place, format!("head `{head}` has the metric `{text}` twice"), "take one of the two out");
            continue;
        }
        metrics.push(metric);
    }
    metrics
}

fn metric(reader: &mut Reader, item: &Term) -> Option<MetricChoice> {
    match &item.kind {
        TermKind::Broken => None,
        TermKind::Name(name, arguments) => {
            let word = name.to_string();
            let Some(metric) = vocabulary::find_metric(&word) else {
                if let Some(foreign) = foreign::find(foreign::METRICS, &word) {
                    reader.diagnostics.report(name, format!("`{name}` {}", foreign.means), foreign.help(arguments.as_ref()));
                    return None;
                }
                let help = match suggest::nearest(&word, vocabulary::metric_names()) {
                    Some(near) => format!("a metric with a similar name exists: `{near}`"),
                    None => format!("the metrics are {}", suggest::list(vocabulary::METRICS.iter().map(|metric| metric.name))),
                };
                reader.diagnostics.report(name, format!("unknown metric `{name}`"), help);
                return None;
            };
            let before = reader.diagnostics.count();
            let bound = reader.bind(&word, name.into(), metric.arguments, arguments.as_ref());
            let k = metric.arguments.iter().find(|parameter| matches!(parameter.kind, ArgumentKind::Dimension)).and_then(|parameter| {
                let term = bound.get(metric.arguments, parameter.name)?;
                reader.dimension(term, &format!("`{}` of `{word}`", parameter.name), parameter.example)
            });
            if reader.diagnostics.count() > before {
                return None;
            }
            Some(MetricChoice { metric, k, spelling: metric.spelling(&word), place: item.place })
        }
        TermKind::Text(word) => {
            let help =
                vocabulary::find_metric(word).map_or_else(|| "write `metrics: [accuracy]`".into(), |metric| format!("write `{}`", metric.name));
            reader.diagnostics.report(item.place, "a metric is a name without quotes", help);
            None
        }
        _ => {
            let text = text::term(item);
            reader.diagnostics.report(
                item.place,
                format!("`{text}` is not a metric"),
                format!("the metrics are {}", suggest::list(vocabulary::METRICS.iter().map(|metric| metric.name))),
            );
            None
        }
    }
}

/// The field in the report: `accuracy`, `top_3`.
pub(crate) fn field(metric: &MetricChoice) -> String {
    match &metric.k {
        Some(Dim::Literal(k)) => format!("top_{k}"),
        _ => metric.metric.name.to_owned(),
    }
}
