//! Follows a flow: its source, its steps, the values that they give.

use proc_macro2::{Ident, TokenStream};

use super::sharing;
use super::trace::{Application, Trace, Value};
use crate::diagnostic::{Diagnostics, Place};
use crate::function::Function;
use crate::resolve::{Flow, InputShape, Model, Source, Step};
use crate::size::{self, Dim, Shape};
use crate::step::weighted::Ending;
use crate::step::{Kind, Operation, activation};
use crate::text;

/// The largest number of values in one flow: beyond it, a slip is more likely than a model.
const LARGEST: usize = 1 << 26;

pub(super) struct Tracer<'a, 'd> {
    pub(super) diagnostics: &'d mut Diagnostics,
    pub(super) model: &'a Model<'a>,
    pub(super) facade: &'a TokenStream,
    /// What each `layer` was first applied to: the shapes, and the statement.
    pub(super) first_use: Vec<Option<(Vec<Option<Shape>>, usize)>>,
    /// The statement at work.
    pub(super) owner: usize,
    pub(super) trace: Trace,
}

impl Tracer<'_, '_> {
    pub(super) fn value(&mut self, shape: Option<Shape>, maker: Option<usize>) -> usize {
        self.trace.values.push(Value { shape, maker, statement: None, part: 0 });
        self.trace.values.len() - 1
    }

    pub(super) fn shape(&self, value: usize) -> Option<&Shape> {
        self.trace.values[value].shape.as_ref()
    }

    pub(super) fn input(&mut self, place: Place, shape: &InputShape) -> Option<Shape> {
        match shape {
            InputShape::Real(dims) => self.real(dims.clone(), place),
            InputShape::Class(classes) => Some(Shape::Class(classes.clone())),
        }
    }

    /// A shape, if its size can be a constant.
    pub(super) fn real(&mut self, dims: Vec<Dim>, place: Place) -> Option<Shape> {
        let size = size::product(&dims);
        match &size {
            Dim::Literal(size) if *size > LARGEST => {
                let fault = format!("{} has {} values: too many", size::shape_text(&dims), text::grouped(*size as u64));
                self.diagnostics.report(place, fault, format!("a value of {} numbers is the largest there can be", text::grouped(LARGEST as u64)));
                None
            }
            Dim::Product(_) if size::is_generic(&size) => {
                self.no_arithmetic(place, &dims, "the product", " * ");
                None
            }
            _ => Some(Shape::Real(dims)),
        }
    }

    pub(super) fn no_arithmetic(&mut self, place: Place, dims: &[Dim], what: &str, operator: &str) {
        let generic = dims.iter().find(|dim| size::is_generic(dim)).map_or_else(String::new, size::text);
        let all = dims.iter().map(size::text).collect::<Vec<_>>().join(operator);
        self.diagnostics.report(
            place,
            format!("this needs {what} `{all}`, and Rust has no arithmetic on const generics in types"),
            format!("make `{generic}` a `const {generic}: usize = ..;` outside of the model"),
        );
    }

    /// The values at the end of a flow: one for each name, and one where there are none.
    pub(super) fn flow(&mut self, flow: &Flow, names: &[Ident]) -> Vec<usize> {
        let mut values = self.source(&flow.source);
        let mut follows = false;
        for (number, step) in flow.steps.iter().enumerate() {
            let after = flow.steps.get(number + 1..).unwrap_or_default();
            values = self.step(step, &values, follows, sharing::Outputs { names, after });
            follows = takes_an_activation(step);
        }
        let wanted = names.len().max(1);
        if values.len() == wanted && !flow.broken {
            return values;
        }
        if !flow.broken && values.iter().all(|&value| self.shape(value).is_some()) {
            let count = values.len();
            match (flow.steps.last(), &flow.source) {
                (Some(step), _) => self.wrong_number_of_names(step, count, names),
                (None, Source::Tuple(_, place)) => {
                    self.diagnostics.report(*place, format!("a tuple of {count} values goes into no step"), "join them: `(a, b) -> Concat`");
                }
                (None, Source::Statement(..) | Source::Broken) => {}
            }
        }
        (0..wanted).map(|_| self.nothing(values.clone())).collect()
    }

    /// A value of which nothing is known but what it is made from.
    pub(super) fn nothing(&mut self, inputs: Vec<usize>) -> usize {
        let application = Application {
            operation: None,
            inputs,
            whole: None,
            output: self.trace.values.len(),
            owner: self.owner,
            step: usize::MAX,
            part: 0,
            field: String::new(),
            kind: String::new(),
            follows: false,
            activation: None,
            place: proc_macro2::Span::call_site().into(),
            text: String::new(),
        };
        self.trace.applications.push(application);
        let maker = self.trace.applications.len() - 1;
        self.value(None, Some(maker))
    }

    fn source(&mut self, source: &Source) -> Vec<usize> {
        match source {
            Source::Statement(index, part) => match self.trace.parts.get(*index).and_then(|values| values.get(*part)) {
                Some(&value) => vec![value],
                None => vec![self.value(None, None)],
            },
            Source::Tuple(flows, _) => flows.iter().flat_map(|flow| self.flow(flow, &[])).collect(),
            Source::Broken => vec![self.value(None, None)],
        }
    }

    pub(super) fn step(&mut self, step: &Step, inputs: &[usize], follows: bool, outputs: sharing::Outputs) -> Vec<usize> {
        match &step.kind {
            Kind::Layer(index) => self.layer(step, *index, inputs),
            Kind::Broken => vec![self.nothing(inputs.to_vec())],
            Kind::Sharing(sharing) => self.sharing(step, sharing, inputs, outputs),
            Kind::One(operation) => vec![self.one(step, operation, inputs, follows)],
        }
    }

    /// A step with one output.
    fn one(&mut self, step: &Step, operation: &Operation, inputs: &[usize], follows: bool) -> usize {
        let Some(first) = operation.first() else { return self.last(step, operation, inputs, follows, None) };
        let sized = inputs.iter().all(|&input| self.shape(input).is_some()).then(|| self.sized(step, &first, inputs)).flatten();
        let (field, kind) = (format!("{}{}", step.field, first.field_ending()), first.name().to_owned());
        let (first, shape) = sized.map_or((None, None), |(first, shape)| (Some(first), Some(shape)));
        let between = self.apply(step, first, inputs, shape, &field, &kind, false, None, step.place);
        self.last(step, operation, &[between], follows, Some(inputs))
    }

    /// The step of a word that makes its output; `whole` is what the word takes, where another step comes before this one.
    fn last(&mut self, step: &Step, operation: &Operation, inputs: &[usize], follows: bool, whole: Option<&[usize]>) -> usize {
        let known = inputs.iter().all(|&input| self.shape(input).is_some());
        let sized = if known { self.sized(step, operation, inputs) } else { None };
        let (sized, shape) = sized.map_or_else(|| (None, operation.own_shape()), |(operation, shape)| (Some(operation), Some(shape)));
        let function = operation.function().cloned();
        let follows = follows && function.is_some();
        let mut output = self.apply(step, sized, inputs, shape.clone(), &step.field, operation.name(), follows, function, step.place);
        if let (Some(whole), Some(application)) = (whole, self.trace.applications.last_mut()) {
            (application.whole, application.part) = (Some(whole.to_vec()), 1);
        }
        match operation.weighted().map(|weighted| &weighted.given) {
            Some(Ending::Some { function, place, field }) => {
                let applied = shape.is_some().then(|| activation::operation(function));
                let no_softmax = function.is_softmax() && shape.as_ref().is_some_and(|shape| !self.softmax(shape, *place));
                let shape = if no_softmax { None } else { shape };
                output = self.apply(step, applied, &[output], shape, field, function.type_name(), true, Some(function.clone()), *place);
            }
            Some(Ending::Broken) => {
                // The width is known, the ending is not.
                let application = self.nothing(vec![output]);
                self.trace.values[application].shape = shape;
                output = application;
            }
            Some(Ending::None) | None => {}
        }
        output
    }

    #[expect(clippy::too_many_arguments, reason = "all fields of an application")]
    fn apply(
        &mut self,
        step: &Step,
        operation: Option<Operation>,
        inputs: &[usize],
        shape: Option<Shape>,
        field: &str,
        kind: &str,
        follows: bool,
        activation: Option<Function>,
        place: Place,
    ) -> usize {
        self.trace.applications.push(Application {
            operation,
            inputs: inputs.to_vec(),
            whole: None,
            output: self.trace.values.len(),
            owner: self.owner,
            step: step.id,
            part: 0,
            field: field.to_owned(),
            kind: kind.to_owned(),
            follows,
            activation,
            place,
            text: step.text.clone(),
        });
        let maker = self.trace.applications.len() - 1;
        self.value(shape, Some(maker))
    }
}

/// It is a layer of which an activation that follows may be a part.
pub(super) fn takes_an_activation(step: &Step) -> bool {
    step.kind.weighted().is_some_and(|weighted| matches!(weighted.given, Ending::None))
}
