//! Rules on the whole: what depends on what.

use crate::ast::Body;
use crate::diagnostic::Diagnostics;
use crate::resolve::{Model, Resolved};
use crate::shape::Trace;
use crate::suggest;

/// What depends on a statement.
#[derive(Clone, Copy, Default)]
struct Dependents {
    heads: u64,
    /// Something depends on it that no head depends on, which is an error of its own.
    unused: bool,
}

pub(super) fn all(diagnostics: &mut Diagnostics, model: &Model, trace: &Trace) {
    let before = diagnostics.count();
    has_a_head(diagnostics, model);
    has_an_input(diagnostics, model);
    has_no_more_heads_than_a_set_holds(diagnostics, model);
    // Of a model that is not fully known, what seems to be missing may be there.
    if diagnostics.count() > before || model.uncertain {
        return;
    }
    let used = used(model);
    let dependents = dependents(model, &used);
    everything_is_used(diagnostics, model, trace, &used);
    let before = diagnostics.count();
    shared_is_shared(diagnostics, model, &used, &dependents);
    if diagnostics.count() == before {
        heads_share_something(diagnostics, model, &dependents);
    }
}

// Without a head there is nothing to train.
fn has_a_head(diagnostics: &mut Diagnostics, model: &Model) {
    let Some(name) = &model.syntax.name else { return };
    if model.syntax.is_incomplete() || model.statements.iter().any(|statement| matches!(statement.body, Resolved::Head(..))) {
        return;
    }
    if model.statements.is_empty() {
        diagnostics.report(
            name,
            format!("the model `{name}` is empty"),
            "write an input and a head: `input x: [4]; head y = x -> Dense(1) { loss: mse }`",
        );
        return;
    }
    diagnostics.report(
        name,
        format!("the model `{name}` has no head: nothing to train"),
        "write at least one: `head price = features -> Dense(1) { loss: mse }`",
    );
}

// Every flow begins with an input in the end. A source that is not defined was reported, and says the same.
fn has_an_input(diagnostics: &mut Diagnostics, model: &Model) {
    let Some(name) = &model.syntax.name else { return };
    let has_input = model.statements.iter().any(|statement| matches!(statement.body, Resolved::Input(_)));
    if model.syntax.is_incomplete() || has_input || model.unknown_source || model.statements.is_empty() {
        return;
    }
    diagnostics.report(name, format!("the model `{name}` has no input: no value can reach a head"), "write at least one: `input record: [16];`");
}

// Sets of heads are 64 bits.
fn has_no_more_heads_than_a_set_holds(diagnostics: &mut Diagnostics, model: &Model) {
    let heads = model.statements.iter().filter(|statement| matches!(statement.body, Resolved::Head(..)));
    if let Some(first_too_many) = heads.clone().nth(64) {
        let count = heads.count();
        diagnostics.report(
            first_too_many.name,
            format!("a model has 64 heads at most, and this one has {count}"),
            "join heads of one kind into one head of several outputs",
        );
    }
}

/// Whether anything names the statement.
fn used(model: &Model) -> Vec<bool> {
    let mut used = vec![false; model.statements.len()];
    for &source in model.statements.iter().flat_map(|statement| &statement.uses) {
        if let Some(used) = used.get_mut(source) {
            *used = true;
        }
    }
    used
}

/// The heads that depend on each statement. Statements use earlier ones only, or there is an error already.
fn dependents(model: &Model, used: &[bool]) -> Vec<Dependents> {
    let mut dependents = vec![Dependents::default(); model.statements.len()];
    let mut head = model.statements.iter().filter(|statement| matches!(statement.body, Resolved::Head(..))).count();
    for (index, statement) in model.statements.iter().enumerate().rev() {
        if matches!(statement.body, Resolved::Head(..)) {
            head -= 1;
            dependents[index].heads |= 1 << head.min(63);
        } else if !used[index] {
            dependents[index].unused = true;
        }
        let own = dependents[index];
        for &source in &statement.uses {
            if let Some(source) = dependents.get_mut(source) {
                source.heads |= own.heads;
                source.unused |= own.unused;
            }
        }
    }
    dependents
}

// A value that nothing uses is nearly always a slip: a name that was mistyped elsewhere, or a flow that was forgotten.
fn everything_is_used(diagnostics: &mut Diagnostics, model: &Model, trace: &Trace, used: &[bool]) {
    names_are_all_used(diagnostics, model, trace, used);
    for (statement, used) in model.statements.iter().zip(used) {
        let name = statement.name.to_string();
        if *used || statement.duplicate || name.starts_with('_') {
            continue;
        }
        let (what, way_out) = match statement.syntax.body {
            Body::Input(_) => ("input", format!("begin a flow with `{name}`")),
            Body::Let(_) => ("value", format!("begin a flow with `{name}`")),
            Body::Layer { .. } => ("layer", format!("apply it in a flow: `record -> {name}`")),
            Body::Shared(_) | Body::Head { .. } => continue,
        };
        diagnostics.report(
            statement.name,
            format!("nothing uses the {what} `{name}`"),
            format!("{way_out}, take it out, or call it `_{name}` if that is meant"),
        );
    }
}

// Of a `let (a, b)` each name is a value of its own.
fn names_are_all_used(diagnostics: &mut Diagnostics, model: &Model, trace: &Trace, used: &[bool]) {
    for (index, statement) in model.statements.iter().enumerate().filter(|(index, statement)| used[*index] && !statement.duplicate) {
        let [_, _, ..] = &statement.syntax.names[..] else { continue };
        for (part, name) in statement.syntax.names.iter().enumerate() {
            // Where the flow gives another number of values, that is the mistake.
            let is_known = trace.parts[index].get(part).is_some_and(|&value| trace.values[value].shape.is_some());
            if is_known && !name.to_string().starts_with('_') && !model.used_parts.contains(&(index, part)) {
                diagnostics.report(
                    name,
                    format!("nothing uses the value `{name}`"),
                    format!("begin a flow with `{name}`, or call it `_{name}` if that is meant"),
                );
            }
        }
    }
}

// `shared` is a promise that two heads or more depend on the value.
fn shared_is_shared(diagnostics: &mut Diagnostics, model: &Model, used: &[bool], dependents: &[Dependents]) {
    for ((statement, used), dependents) in model.statements.iter().zip(used).zip(dependents) {
        if !matches!(statement.syntax.body, Body::Shared(_)) || statement.duplicate || dependents.heads.count_ones() > 1 {
            continue;
        }
        let name = statement.name;
        if !*used {
            if !name.to_string().starts_with('_') {
                diagnostics.report(
                    name,
                    format!("nothing uses the shared value `{name}`"),
                    format!("let two heads begin with `{name}`, or take it out"),
                );
            }
            continue;
        }
        // What it goes into is unused: that was said.
        if dependents.unused {
            continue;
        }
        let heads = heads(model).filter(|(number, _)| dependents.heads >> number & 1 == 1);
        let only = suggest::list(heads.map(|(_, name)| name).collect::<Vec<_>>().iter().map(String::as_str));
        diagnostics.report(
            name,
            format!("`{name}` is `shared`, but only one head depends on it: {only}"),
            format!("write `let {name} = ..`, or let a second head begin with `{name}`"),
        );
    }
}

// A model of strangers is a slip: what multi-task learning is for is that the heads share something.
fn heads_share_something(diagnostics: &mut Diagnostics, model: &Model, dependents: &[Dependents]) {
    let Some(name) = &model.syntax.name else { return };
    let count = heads(model).count();
    if count < 2 || model.syntax.independent {
        return;
    }
    let shares = model.statements.iter().zip(dependents).any(|(statement, dependents)| {
        let has_steps = match &statement.body {
            Resolved::Value(flow) => !flow.steps.is_empty(),
            Resolved::Layer(_) => true,
            Resolved::Input(_) | Resolved::Head(..) => false,
        };
        // What seems unused may be meant for the heads.
        has_steps && (dependents.heads.count_ones() > 1 || dependents.unused)
    });
    if shares {
        return;
    }
    let all = suggest::list(heads(model).map(|(_, name)| name).collect::<Vec<_>>().iter().map(String::as_str));
    diagnostics.report(
        name,
        format!("the heads {all} share nothing"),
        "let them begin with one `shared` value; if they are meant to be strangers, write `#[independent]` before the struct",
    );
}

fn heads<'a>(model: &'a Model) -> impl Iterator<Item = (usize, String)> + 'a {
    let heads = model.statements.iter().filter(|statement| matches!(statement.body, Resolved::Head(..)));
    heads.map(|statement| statement.name.to_string()).enumerate()
}
