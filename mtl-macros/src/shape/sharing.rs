//! The steps by which tasks share softly: `CrossStitch`, `MixtureOfExperts`, `Cgc`.
//!
//! Each lowers to steps with one output: a row of coefficients for each output of a cross-stitch unit; dense experts,
//! dense gates with a softmax, and a mixture for each output of the others. What comes after need not know them, and
//! every parameter serves exactly the heads behind it.

use proc_macro2::Ident;

use super::trace::Application;
use super::tracer::Tracer;
use crate::function::Function;
use crate::number::Number;
use crate::resolve::{Step, part_name};
use crate::size::{Dim, Shape};
use crate::step::activation::{self, Softmax};
use crate::step::dense::Dense;
use crate::step::sharing::{CrossStitch, Mixture, Sharing};
use crate::step::weighted::{Ending, Weighted};
use crate::step::{Kind, Operation};
use crate::vocabulary::Takes;

/// Where the outputs of a step go.
#[derive(Clone, Copy)]
pub(super) struct Outputs<'a> {
    /// The names of the statement.
    pub(super) names: &'a [Ident],
    /// The steps after this one in its flow.
    pub(super) after: &'a [Step],
}

impl Outputs<'_> {
    /// The names, if they are those of the step's own outputs.
    fn own_names(&self) -> Option<Vec<String>> {
        (self.after.is_empty() && self.names.len() > 1).then(|| self.plain_names())
    }

    fn plain_names(&self) -> Vec<String> {
        self.names.iter().map(part_name).collect()
    }
}

/// A step at work on its parts.
struct Parts<'a> {
    step: &'a Step,
    sharing: &'a Sharing,
    /// What the whole step takes.
    inputs: &'a [usize],
    /// How many parts there are so far.
    count: usize,
}

impl Tracer<'_, '_> {
    /// The outputs of a step that shares.
    pub(super) fn sharing(&mut self, step: &Step, sharing: &Sharing, inputs: &[usize], outputs: Outputs) -> Vec<usize> {
        let mut parts = Parts { step, sharing, inputs, count: 0 };
        match sharing {
            Sharing::CrossStitch { initial, channels } => self.cross_stitch(&mut parts, initial, *channels, outputs),
            Sharing::MixtureOfExperts { experts, expert } => {
                let names = outputs.own_names().unwrap_or_default();
                let made = self.mixture(&mut parts, *experts, expert.as_ref(), &names);
                made.unwrap_or_else(|| self.unknown(inputs, expert.as_ref(), names.len().max(1)))
            }
            Sharing::Cgc { shared, specific, expert } => {
                let levels_follow =
                    !outputs.after.is_empty() && outputs.after.iter().all(|step| matches!(step.kind, Kind::Sharing(Sharing::Cgc { .. })));
                let count = if levels_follow { outputs.names.len() + 1 } else { outputs.names.len().max(1) };
                let made = self.cgc(&mut parts, *shared, *specific, expert.as_ref(), outputs);
                made.unwrap_or_else(|| self.unknown(inputs, expert.as_ref(), count))
            }
        }
    }

    /// A step gives another number of values than there are names for them.
    pub(super) fn wrong_number_of_names(&mut self, step: &Step, count: usize, names: &[Ident]) {
        let example: Vec<String> = (0..count).map(|number| names.get(number).map_or_else(|| letter(number), Ident::to_string)).collect();
        let example = example.join(", ");
        let (fault, help) = match (count, names.len()) {
            (1, several) => (format!("`{}` gives one value, and here are {several} names", step.written), format!("write `let {example} = ..`")),
            (_, 0 | 1) => (
                format!("`{}` gives {count} values, and here goes one", step.written),
                format!("name each of them, `let ({example}) = ..`, or join them: `{} -> Concat`", step.text),
            ),
            (_, several) => {
                (format!("`{}` gives {count} values, and here are {several} names", step.written), format!("write `let ({example}) = ..`"))
            }
        };
        self.diagnostics.report(step.place, fault, help);
    }

    /// Outputs of which no more is known than what an expert of known width tells.
    fn unknown(&mut self, inputs: &[usize], expert: Option<&Weighted>, count: usize) -> Vec<usize> {
        let shape = expert.and_then(|expert| expert.units.clone()).map(|units| Shape::Real(vec![units]));
        (0..count)
            .map(|_| {
                let value = self.nothing(inputs.to_vec());
                self.trace.values[value].shape.clone_from(&shape);
                value
            })
            .collect()
    }

    fn cross_stitch(&mut self, parts: &mut Parts, initial: &Number, channels: bool, outputs: Outputs) -> Vec<usize> {
        let (step, inputs) = (parts.step, parts.inputs);
        let count = inputs.len();
        if count < 2 {
            self.diagnostics.report(
                step.place,
                format!("`{}` mixes two values or more, and here comes one", step.written),
                format!("write `let (c, d) = (a, b) -> {}`", step.text),
            );
            return (0..outputs.names.len().max(1)).map(|_| self.nothing(inputs.to_vec())).collect();
        }
        let Some(dims) = self.cross_stitch_shape(step, parts.sharing.takes(), inputs) else {
            return (0..count).map(|_| self.nothing(inputs.to_vec())).collect();
        };
        let names = outputs.own_names().filter(|names| names.len() == count);
        (0..count)
            .map(|number| {
                let operation = CrossStitch { number, inputs: count, initial: initial.clone(), by_channel: channels };
                let field = match &names {
                    Some(names) => format!("{}_{}", step.field, names[number]),
                    None => format!("{}_{}", step.field, number + 1),
                };
                self.part(parts, Some(operation.into()), inputs, Some(Shape::Real(dims.clone())), field, parts.sharing.name())
            })
            .collect()
    }

    fn cross_stitch_shape(&mut self, step: &Step, takes: Takes, inputs: &[usize]) -> Option<Vec<Dim>> {
        let mut shapes = Vec::with_capacity(inputs.len());
        for &input in inputs {
            let shape = self.shape(input)?.clone();
            self.takes(step, takes, input, &shape)?;
            match shape {
                Shape::Real(dims) => shapes.push(dims),
                Shape::Class(_) => return None,
            }
        }
        self.one_shape(step, "mixes", inputs, &shapes, "give them one shape: a task takes its share of another's value place by place")?;
        Some(shapes.swap_remove(0))
    }

    /// One output for each name; for one name or none, one.
    fn mixture(&mut self, parts: &mut Parts, experts: Option<usize>, expert: Option<&Weighted>, names: &[String]) -> Option<Vec<usize>> {
        let step = parts.step;
        let [input] = *parts.inputs else {
            let count = parts.inputs.len();
            self.diagnostics.report(
                step.place,
                format!("`{}` takes one value, and here come {count}", step.written),
                format!("join them first: `(a, b) -> Concat -> {}`", step.text),
            );
            return None;
        };
        self.takes_a_vector(parts, input)?;
        let (count, expert) = (experts?, expert?);
        let units = expert.units.clone()?;
        let experts: Vec<usize> =
            (1..=count).map(|number| self.expert(parts, input, expert, &units, format!("{}_expert{number}", step.field))).collect();
        if names.is_empty() {
            return Some(vec![self.gated(parts, input, &experts, &units, &step.field, &step.field)]);
        }
        Some(
            names
                .iter()
                .map(|name| {
                    let prefix = format!("{}_{name}", step.field);
                    self.gated(parts, input, &experts, &units, &prefix, &prefix)
                })
                .collect(),
        )
    }

    /// Customised gate control: a task's gate sees its own experts and the shared ones. A level that another one follows
    /// also gives a shared flow, by a gate that sees all experts.
    fn cgc(
        &mut self,
        parts: &mut Parts,
        shared: Option<usize>,
        specific: Option<usize>,
        expert: Option<&Weighted>,
        outputs: Outputs,
    ) -> Option<Vec<usize>> {
        let (step, inputs) = (parts.step, parts.inputs);
        let names = outputs.plain_names();
        let tasks = names.len();
        let only_levels_follow = outputs.after.iter().all(|step| matches!(step.kind, Kind::Sharing(Sharing::Cgc { .. })));
        if outputs.after.iter().any(|step| matches!(step.kind, Kind::Broken)) {
            return None;
        }
        if tasks < 2 || !only_levels_follow {
            let fault = if only_levels_follow {
                format!("`{}` gives one value for each task, and here is no name for them", step.written)
            } else {
                format!("`{}` gives one value for each task, and ends its flow", step.written)
            };
            let help = format!("name them: `let (a, b) = .. -> {};`, and let each head begin with its own", step.text);
            self.diagnostics.report(step.place, fault, help);
            return None;
        }
        let flows: Vec<usize> = match *inputs {
            [only] => vec![only; tasks + 1],
            _ if inputs.len() == tasks + 1 => inputs.to_vec(),
            _ => {
                let own = names.join(", ");
                self.diagnostics.report(
                    step.place,
                    format!("`{}` of {tasks} tasks takes one value, or {}, and here come {}", step.written, tasks + 1, inputs.len()),
                    format!("write one value for each of {own}, and one for the shared experts after them"),
                );
                return None;
            }
        };
        for &input in inputs {
            self.takes_a_vector(parts, input)?;
        }
        let (shared, specific, expert) = (shared?, specific?, expert?);
        let units = expert.units.clone()?;
        let common = flows[tasks];
        let shared: Vec<usize> =
            (1..=shared).map(|number| self.expert(parts, common, expert, &units, format!("{}_expert{number}", step.field))).collect();
        let mut own: Vec<Vec<usize>> = Vec::with_capacity(tasks);
        for (name, &flow) in names.iter().zip(&flows) {
            let experts = (1..=specific).map(|number| self.expert(parts, flow, expert, &units, format!("{}_{name}_expert{number}", step.field)));
            own.push(experts.collect());
        }
        let mut values = Vec::with_capacity(tasks + 1);
        for ((name, &flow), own) in names.iter().zip(&flows).zip(&own) {
            let experts: Vec<usize> = own.iter().chain(&shared).copied().collect();
            let prefix = format!("{}_{name}", step.field);
            values.push(self.gated(parts, flow, &experts, &units, &prefix, &prefix));
        }
        if !outputs.after.is_empty() {
            let experts: Vec<usize> = own.iter().flatten().chain(&shared).copied().collect();
            values.push(self.gated(parts, common, &experts, &units, &step.field, &step.field));
        }
        Some(values)
    }

    fn takes_a_vector(&mut self, parts: &Parts, input: usize) -> Option<()> {
        let (step, takes) = (parts.step, parts.sharing.takes());
        let shape = self.shape(input)?.clone();
        self.takes(step, takes, input, &shape)
    }

    /// A dense layer with its activation.
    fn expert(&mut self, parts: &mut Parts, input: usize, expert: &Weighted, units: &Dim, field: String) -> usize {
        let operation: Operation = Dense(expert.clone()).into();
        let shape = Shape::Real(vec![units.clone()]);
        match &expert.given {
            Ending::Some { function, place, .. } => {
                let name = format!("{field}_{}", function.name());
                let linear = self.part(parts, Some(operation), &[input], Some(shape.clone()), field, "Dense");
                let fits = !function.is_softmax() || self.softmax(&shape, *place);
                let applied = fits.then(|| activation::operation(function));
                let output = self.part(parts, applied, &[linear], Some(shape), name, function.type_name());
                self.follows(output, function);
                output
            }
            Ending::None | Ending::Broken => self.part(parts, Some(operation), &[input], Some(shape), field, "Dense"),
        }
    }

    /// `Σ softmax(W x)ₖ eₖ`: a gate without a bias, as Ma and Tang have it, and what it mixes.
    fn gated(&mut self, parts: &mut Parts, input: usize, experts: &[usize], units: &Dim, prefix: &str, field: &str) -> usize {
        let count = Dim::Literal(experts.len());
        let shape = Shape::Real(vec![count.clone()]);
        let weighted = Weighted {
            units: Some(count),
            given: Ending::None,
            function: Function::LINEAR,
            bias: false,
            given_initializer: None,
            l1: None,
            l2: None,
        };
        let logits = self.part(parts, Some(Dense(weighted).into()), &[input], Some(shape.clone()), format!("{prefix}_gate"), "Dense");
        let gate = self.part(parts, Some(Softmax.into()), &[logits], Some(shape), format!("{prefix}_softmax"), "Softmax");
        let inputs: Vec<usize> = std::iter::once(gate).chain(experts.iter().copied()).collect();
        let operation = Mixture { experts: experts.len() };
        self.part(parts, Some(operation.into()), &inputs, Some(Shape::Real(vec![units.clone()])), field.to_owned(), parts.sharing.name())
    }

    /// One of the steps that a step lowers to.
    fn part(&mut self, parts: &mut Parts, operation: Option<Operation>, inputs: &[usize], shape: Option<Shape>, field: String, kind: &str) -> usize {
        self.trace.applications.push(Application {
            operation,
            inputs: inputs.to_vec(),
            whole: Some(parts.inputs.to_vec()),
            output: self.trace.values.len(),
            owner: self.owner,
            step: parts.step.id,
            part: parts.count,
            field,
            kind: kind.to_owned(),
            follows: false,
            activation: None,
            place: parts.step.place,
            text: parts.step.text.clone(),
        });
        parts.count += 1;
        let maker = self.trace.applications.len() - 1;
        self.value(shape, Some(maker))
    }

    /// The value is made by an activation that the layer before it may compute in place.
    fn follows(&mut self, value: usize, function: &Function) {
        if let Some(application) = self.trace.values[value].maker.and_then(|maker| self.trace.applications.get_mut(maker)) {
            application.follows = true;
            application.activation = Some(function.clone());
        }
    }
}

/// `a`, `b`, ..
fn letter(number: usize) -> String {
    char::from_digit(10 + u32::try_from(number % 26).unwrap_or(0), 36).unwrap_or('a').to_string()
}
