//! Names become fields, methods and parts of type names.

use std::collections::BTreeMap;

use proc_macro2::Ident;

use crate::ast::{self, Body};
use crate::case;
use crate::case::{camel, plain};
use crate::codegen::type_suffixes;
use crate::diagnostic::{Diagnostics, Place};
use crate::parse::is_name;
use crate::resolve::{ClassNames, ClassNamesKind, Model, Resolved, part_name};
use crate::step;
use crate::vocabulary;

// A name becomes a field of a generated struct, and `predict_<name>` of a head: keywords cannot.
pub(super) fn can_be_rust_names(diagnostics: &mut Diagnostics, model: &Model) {
    for name in model.statements.iter().flat_map(|statement| &statement.syntax.names) {
        let text = name.to_string();
        if !is_name(name) {
            // Four keywords, and `_`, have no raw form.
            let raw =
                if matches!(text.as_str(), "_" | "self" | "Self" | "super" | "crate") { String::new() } else { format!(", or write `r#{text}`") };
            diagnostics.report(
                name,
                format!("`{text}` is a word of Rust and cannot be a name"),
                format!("choose another name, such as `{}_value`{raw}", text.to_lowercase()),
            );
        } else if text.chars().all(|letter| letter == '_') {
            diagnostics.report(name, format!("`{text}` has no letters"), "choose a name with letters: it becomes part of a type's name");
        }
    }
}

// A step is looked up by name: a `layer` called `relu` would hide the activation. `predict_batch` is a method of every model.
pub(super) fn are_free(diagnostics: &mut Diagnostics, model: &Model) {
    for statement in &model.statements {
        let name = statement.name;
        let text = name.to_string();
        match statement.syntax.body {
            Body::Layer { .. } => {
                let what = if vocabulary::find_activation(&text).is_some() {
                    "an activation"
                } else if step::find(&text).is_some() {
                    "a layer"
                } else {
                    continue;
                };
                diagnostics.report(
                    name,
                    format!("`{text}` is {what} of the language already"),
                    format!("choose another name, such as `{}_layer`", case::snake(&text)),
                );
            }
            Body::Head { .. } if vocabulary::RESERVED_HEADS.contains(&text.as_str()) => {
                diagnostics.report(
                    name,
                    format!("a head cannot be called `{text}`: every model has a method `predict_{text}`"),
                    format!("choose another name, such as `{text}_value`"),
                );
            }
            Body::Input(_) | Body::Let(_) | Body::Shared(_) | Body::Head { .. } => {}
        }
    }
}

// `a_b` and `a__b` would both give the type `ModelABBlock`.
pub(super) fn give_different_types(diagnostics: &mut Diagnostics, model: &Model) {
    let mut types = BTreeMap::new();
    for statement in model.statements.iter().filter(|statement| !statement.duplicate) {
        if matches!(statement.syntax.body, Body::Input(_)) {
            continue;
        }
        let several = statement.syntax.names.len() > 1;
        parts_differ(diagnostics, &statement.syntax.names);
        let name = &statement.block;
        let camel = camel(&name.to_string());
        if let Some((first, first_is_several)) = types.insert(camel.clone(), (name, several))
            && (*first != *name || several || first_is_several)
        {
            let line = Place::from(first).line();
            diagnostics.report(
                name,
                format!("the types made for `{name}` would have the names of those for `{first}`: `..{camel}..`"),
                format!("choose a name that differs from `{first}` in line {line} by more than underscores and the case of letters"),
            );
        }
    }
}

// The columns of `input inputs: { .. }` would be a type `ModelInputs`, as all inputs are.
pub(super) fn inputs_have_types_of_their_own(diagnostics: &mut Diagnostics, model: &Model) {
    for (index, statement) in model.statements.iter().enumerate().filter(|(index, _)| takes_a_name(model, *index)) {
        let (name, suffix) = (statement.name, type_of_input(model, index).unwrap_or_default());
        let whole = model.syntax.name.as_ref().map(plain).unwrap_or_default();
        let what = if matches!(statement.syntax.body, Body::Input(_)) { "input" } else { "head" };
        diagnostics.report(
            name,
            format!("the {what} `{name}` would have the type `{whole}{suffix}`, and so has something else of the model"),
            "choose another name",
        );
    }
}

/// What the name of the type of an input's columns or categories, or of a head's classes, ends with, if it has one of its own.
fn type_of_input(model: &Model, index: usize) -> Option<String> {
    let statement = &model.statements[index];
    let has_type = match &statement.body {
        Resolved::Head(_, options) => matches!(options.classes, Some(ClassNames { kind: ClassNamesKind::Listed(_), .. })),
        _ => matches!(statement.syntax.body, Body::Input(ast::Input::Columns(_) | ast::Input::OneOf(_))),
    };
    has_type.then(|| camel(&statement.name.to_string()))
}

/// Whether the type of an input's columns or categories would have the name of another one of the model.
pub(crate) fn takes_a_name(model: &Model, index: usize) -> bool {
    let Some(own) = type_of_input(model, index) else { return false };
    let earlier = (0..index).any(|other| !model.statements[other].duplicate && type_of_input(model, other).as_ref() == Some(&own));
    !model.statements[index].duplicate && (earlier || types(model).contains(&own))
}

/// What the names of the types of a model or a part end with, beside those of inputs.
fn types(model: &Model) -> Vec<String> {
    let statements = model.statements.iter().filter(|statement| !matches!(statement.syntax.body, Body::Input(_)));
    let of_blocks = statements.clone().map(|statement| format!("{}Block", camel(&statement.block.to_string())));
    let of_heads = statements
        .filter(|statement| matches!(statement.syntax.body, Body::Head { .. }))
        .map(|statement| format!("{}Report", camel(&statement.name.to_string())));
    of_blocks.chain(of_heads).chain(type_suffixes(model.syntax.int8).map(ToOwned::to_owned)).collect()
}

// `part PatientBody` would have an enum of its blocks that is called as the type of the block `body`.
pub(super) fn parts_have_types_of_their_own(diagnostics: &mut Diagnostics, model: &Model) {
    for Clash { part, other, name } in clashing_parts(model) {
        let part = &model.parts[part].name;
        let whose = if Some(other) == model.syntax.name.as_ref() { "the model".to_owned() } else { format!("the part `{other}`") };
        diagnostics.report(
            part,
            format!("the part `{part}` would have a type `{name}`, and so has {whose}"),
            format!("choose a name that does not begin with `{other}`"),
        );
    }
}

/// A part, by its number, that would have a type of the name of one that the model or another part has.
pub(crate) struct Clash<'m> {
    pub(crate) part: usize,
    other: &'m Ident,
    name: String,
}

/// The parts whose types cannot stand beside those before them.
pub(crate) fn clashing_parts<'m>(model: &'m Model<'_>) -> Vec<Clash<'m>> {
    let types = |of: &Ident| self::types(model).into_iter().map(|suffix| format!("{}{suffix}", plain(of))).collect::<Vec<_>>();
    // Parts take the types of inputs that the model has.
    let of_inputs = (0..model.statements.len()).filter_map(|index| type_of_input(model, index));
    let of_whole = |name: &Ident| [types(name), of_inputs.clone().map(|suffix| format!("{}{suffix}", plain(name))).collect()].concat();
    let mut taken: Vec<(&Ident, Vec<String>)> = model.syntax.name.iter().map(|name| (name, of_whole(name))).collect();
    let mut clashes = Vec::new();
    for (number, part) in model.parts.iter().enumerate() {
        let own = types(&part.name);
        let clash = taken.iter().find_map(|(other, types)| types.iter().find(|name| own.contains(name)).map(|name| (*other, name.clone())));
        clashes.extend(clash.map(|(other, name)| Clash { part: number, other, name }));
        taken.push((&part.name, own));
    }
    clashes
}

// The gates of a mixture are called by the names of its outputs, without the underscores around them.
fn parts_differ(diagnostics: &mut Diagnostics, names: &[Ident]) {
    for (index, name) in names.iter().enumerate() {
        if let Some(first) = names[..index].iter().find(|first| **first != *name && part_name(first) == part_name(name)) {
            diagnostics.report(
                name,
                format!("`{name}` and `{first}` differ by underscores alone"),
                "choose another name: parameters are called by it",
            );
        }
    }
}
