//! How messages call values: by name, by step, by their way from an input.

use proc_macro2::Ident;

use super::trace::Trace;
use super::tracer::Tracer;
use crate::resolve::{Model, Resolved};

impl Tracer<'_, '_> {
    /// ``head `age`: ``, in front of a fault within a head.
    pub(super) fn subject(&self) -> String {
        match self.model.statements.get(self.owner) {
            Some(statement) if matches!(statement.body, Resolved::Head(..)) => format!("head `{}`: ", statement.name),
            _ => String::new(),
        }
    }

    pub(super) fn name(&self, value: usize) -> String {
        name(self.model, &self.trace, value)
    }

    pub(super) fn trail(&self, value: usize) -> String {
        trail(self.model, &self.trace, value)
    }

    /// The name of an input, or a stand-in for it.
    pub(super) fn input_name(&self, value: usize) -> String {
        statement_name(self.model, &self.trace, value).map_or_else(|| "name".into(), ToString::to_string)
    }
}

/// The name that a statement gives to the value.
pub(crate) fn statement_name<'a>(model: &'a Model, trace: &Trace, value: usize) -> Option<&'a Ident> {
    let value = &trace.values[value];
    model.statements[value.statement?].syntax.names.get(value.part)
}

/// How messages call a value: `` `left` ``, `` the output of `Dense(64)` ``.
pub(crate) fn name(model: &Model, trace: &Trace, value: usize) -> String {
    match (statement_name(model, trace, value), trace.values[value].maker) {
        (Some(name), _) => format!("`{name}`"),
        (None, Some(maker)) if !trace.applications[maker].text.is_empty() => format!("the output of `{}`", trace.applications[maker].text),
        _ => "the value".into(),
    }
}

/// The way of a value from its input, with shapes: `image [784] -> left [64]`.
///
/// Values of the flow at hand are shown step by step; of flows before it, those with a name.
pub(crate) fn trail(model: &Model, trace: &Trace, value: usize) -> String {
    let mut stations = Vec::new();
    let mut at = Some(value);
    let mut named = false;
    while let Some(index) = at {
        let value = &trace.values[index];
        let shape = value.shape.as_ref().map_or_else(String::new, |shape| format!(" {}", shape.text()));
        let application = value.maker.and_then(|maker| trace.applications.get(maker));
        if let Some(name) = statement_name(model, trace, index) {
            stations.push(format!("{name}{shape}"));
            named = true;
        } else if let Some(application) = application
            && !named
        {
            // An activation within a layer is part of the layer.
            let part = application.activation.is_some() && application.follows && application.kind != application.text;
            let is_part = part
                && application
                    .inputs
                    .first()
                    .is_some_and(|&input| trace.values[input].maker.is_some_and(|before| trace.applications[before].step == application.step));
            if !is_part {
                stations.push(format!("{}{shape}", application.kind));
            }
        }
        at = match application.map(|application| &application.whole.as_ref().unwrap_or(&application.inputs)[..]) {
            Some([only]) => Some(*only),
            Some(several @ [_, _, ..]) if stations.len() < 8 => {
                let parts: Vec<String> = several
                    .iter()
                    .map(|&part| {
                        let shape = trace.values[part].shape.as_ref().map_or_else(String::new, |shape| format!(" {}", shape.text()));
                        format!("{}{shape}", name(model, trace, part).replace('`', ""))
                    })
                    .collect();
                stations.push(format!("({})", parts.join(", ")));
                None
            }
            _ => None,
        };
    }
    stations.reverse();
    // Of a long way the beginning and the end are enough.
    if stations.len() > 6 {
        stations.splice(1..stations.len() - 4, ["..".to_owned()]);
    }
    stations.join(" -> ")
}
