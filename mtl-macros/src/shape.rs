//! Shapes: follows every flow from its inputs, applies each step, and records which step made which value of which shape.
//!
//! `layer`s are applied in place, at every use anew. A step with an activation is two applications here; lowering
//! joins them again where it may.

mod sharing;

use proc_macro2::{Ident, TokenStream, TokenTree};

use crate::assertion::{Assertion, Relation};
use crate::diagnostic::{Diagnostics, Place};
use crate::emit::size::generic_argument;
use crate::function::Function;
use crate::resolve::{Flow, InputShape, Model, Resolved, Source, Step};
use crate::size::{self, Agreement, Dim, Shape};
use crate::step::weighted::Ending;
use crate::step::{Kind, Operation, Rules, activation};
use crate::text;
use crate::vocabulary::Takes;

/// The largest number of values in one flow: beyond it, a slip is more likely than a model.
const LARGEST: usize = 1 << 26;

/// Every value and every application of a step, in an order in which values are made before they are used.
pub(crate) struct Trace {
    pub(crate) values: Vec<Value>,
    pub(crate) applications: Vec<Application>,
    /// The value of every `input`, `let`, `shared` and `head`; of a `let (a, b)` the first.
    pub(crate) statements: Vec<Option<usize>>,
    /// The values of every statement, one for each of its names.
    parts: Vec<Vec<usize>>,
    pub(crate) assertions: Vec<Assertion>,
}

pub(crate) struct Value {
    /// `None` if something before it was wrong and reported.
    pub(crate) shape: Option<Shape>,
    /// The application that made it; an input has none.
    pub(crate) maker: Option<usize>,
    /// The statement whose value it is, and which of its values.
    pub(crate) statement: Option<usize>,
    part: usize,
}

pub(crate) struct Application {
    /// `None` if something is wrong with it that was reported.
    pub(crate) operation: Option<Operation>,
    pub(crate) inputs: Vec<usize>,
    /// Where it is a part of a step that lowers to several: what that step takes, for messages.
    whole: Option<Vec<usize>>,
    pub(crate) output: usize,
    /// The statement in which the step stands.
    pub(crate) owner: usize,
    /// The step's number; those of a `layer` come with every use.
    pub(crate) step: usize,
    /// Which part of a step that lowers to several; 0 of any other.
    pub(crate) part: usize,
    /// Type and ordinal within the statement: `dense1`.
    pub(crate) field: String,
    /// As Keras calls the step.
    pub(crate) kind: String,
    /// The activation is part of the step before or follows it in the same flow.
    pub(crate) follows: bool,
    /// The activation that it applies, if any.
    pub(crate) activation: Option<Function>,
    pub(crate) place: Place,
    pub(crate) text: String,
}

impl Application {
    /// The number of the step, and of the part of it.
    pub(crate) fn number(&self) -> (usize, usize) {
        (self.step, self.part)
    }
}

/// Infers every shape of the model.
pub(crate) fn infer(diagnostics: &mut Diagnostics, model: &Model, facade: &TokenStream) -> Trace {
    let mut tracer = Tracer {
        diagnostics,
        model,
        facade,
        first_use: model.statements.iter().map(|_| None).collect(),
        owner: 0,
        trace: Trace {
            values: Vec::new(),
            applications: Vec::new(),
            statements: vec![None; model.statements.len()],
            parts: Vec::new(),
            assertions: Vec::new(),
        },
    };
    for (index, statement) in model.statements.iter().enumerate() {
        tracer.owner = index;
        let names = &statement.syntax.names;
        let values = match &statement.body {
            Resolved::Input(shape) => {
                let shape = shape.as_ref().and_then(|shape| tracer.input(statement.name.into(), shape));
                vec![tracer.value(shape, None)]
            }
            Resolved::Value(flow) | Resolved::Head(flow, _) => tracer.flow(flow, names),
            Resolved::Layer(_) => Vec::new(),
        };
        tracer.trace.statements[index] = values.first().copied();
        for (part, &value) in values.iter().enumerate() {
            let named = &mut tracer.trace.values[value];
            // `let b = a;` gives no new value.
            if named.statement.is_none() {
                named.statement = Some(index);
                named.part = part;
            }
        }
        tracer.trace.parts.push(values);
    }
    tracer.trace
}

struct Tracer<'a, 'd> {
    diagnostics: &'d mut Diagnostics,
    model: &'a Model<'a>,
    facade: &'a TokenStream,
    /// What each `layer` was first applied to: the shapes, and the statement.
    first_use: Vec<Option<(Vec<Option<Shape>>, usize)>>,
    /// The statement at work.
    owner: usize,
    trace: Trace,
}

impl Tracer<'_, '_> {
    fn value(&mut self, shape: Option<Shape>, maker: Option<usize>) -> usize {
        self.trace.values.push(Value { shape, maker, statement: None, part: 0 });
        self.trace.values.len() - 1
    }

    fn shape(&self, value: usize) -> Option<&Shape> {
        self.trace.values[value].shape.as_ref()
    }

    fn input(&mut self, place: Place, shape: &InputShape) -> Option<Shape> {
        match shape {
            InputShape::Real(dims) => self.real(dims.clone(), place),
            InputShape::Class(classes) => Some(Shape::Class(classes.clone())),
        }
    }

    /// A shape, if its size can be a constant.
    fn real(&mut self, dims: Vec<Dim>, place: Place) -> Option<Shape> {
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

    fn no_arithmetic(&mut self, place: Place, dims: &[Dim], what: &str, operator: &str) {
        let generic = dims.iter().find(|dim| size::is_generic(dim)).map_or_else(String::new, size::text);
        let all = dims.iter().map(size::text).collect::<Vec<_>>().join(operator);
        self.diagnostics.report(
            place,
            format!("this needs {what} `{all}`, and Rust has no arithmetic on const generics in types"),
            format!("make `{generic}` a `const {generic}: usize = ..;` outside of the model"),
        );
    }

    /// The values at the end of a flow: one for each name, and one where there are none.
    fn flow(&mut self, flow: &Flow, names: &[Ident]) -> Vec<usize> {
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
    fn nothing(&mut self, inputs: Vec<usize>) -> usize {
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

    fn step(&mut self, step: &Step, inputs: &[usize], follows: bool, outputs: sharing::Outputs) -> Vec<usize> {
        match &step.kind {
            Kind::Layer(index) => self.layer(step, *index, inputs),
            Kind::Broken => vec![self.nothing(inputs.to_vec())],
            Kind::Sharing(sharing) => self.sharing(step, sharing, inputs, outputs),
            Kind::One(operation) => vec![self.one(step, operation, inputs, follows)],
        }
    }

    /// A step with one output.
    fn one(&mut self, step: &Step, operation: &Operation, inputs: &[usize], follows: bool) -> usize {
        let known = inputs.iter().all(|&input| self.shape(input).is_some());
        let sized = if known { self.sized(step, operation, inputs) } else { None };
        let (sized, shape) = sized.map_or_else(|| (None, operation.own_shape()), |(operation, shape)| (Some(operation), Some(shape)));
        let function = operation.function().cloned();
        let follows = follows && function.is_some();
        let mut output = self.apply(step, sized, inputs, shape.clone(), &step.field, operation.name(), follows, function, step.place);
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

    /// Applies the steps of a `layer` in place.
    fn layer(&mut self, step: &Step, index: usize, inputs: &[usize]) -> Vec<usize> {
        let model = self.model;
        let Some(Resolved::Layer(steps)) = model.statements.get(index).map(|statement| &statement.body) else {
            return vec![self.nothing(inputs.to_vec())];
        };
        let shapes: Vec<Option<Shape>> = inputs.iter().map(|&input| self.shape(input).cloned()).collect();
        if !self.same_as_first_use(step, index, &shapes, steps) {
            return vec![self.nothing(inputs.to_vec())];
        }
        let user = std::mem::replace(&mut self.owner, index);
        let mut values = inputs.to_vec();
        let mut follows = false;
        for (number, step) in steps.iter().enumerate() {
            let after = steps.get(number + 1..).unwrap_or_default();
            values = self.step(step, &values, follows, sharing::Outputs { names: &[], after });
            follows = takes_an_activation(step);
        }
        self.owner = user;
        values
    }

    /// A `layer` with parameters takes the same shapes at every use.
    fn same_as_first_use(&mut self, step: &Step, index: usize, shapes: &[Option<Shape>], steps: &[Step]) -> bool {
        let has_parameters = steps.iter().any(|step| self.has_parameters(step));
        let Some((first, user)) = self.first_use[index].clone() else {
            if shapes.iter().all(Option::is_some) {
                self.first_use[index] = Some((shapes.to_vec(), self.owner));
            }
            return true;
        };
        if !has_parameters || shapes.iter().any(Option::is_none) {
            return true;
        }
        let text = |shapes: &[Option<Shape>]| shapes.iter().flatten().map(Shape::text).collect::<Vec<_>>().join(", ");
        let user = self.model.statements[user].name.to_string();
        let fault = format!(
            "the layer `{}` has the same parameters at every use: it takes {} in `{user}`, and {} here",
            step.written,
            text(&first),
            text(shapes)
        );
        let help = "give it values of one shape, or declare a second layer";
        if first.len() != shapes.len() {
            self.diagnostics.report(step.place, fault, help);
            return false;
        }
        for (first, here) in first.iter().flatten().zip(shapes.iter().flatten()) {
            let (Shape::Real(first_dims), Shape::Real(here_dims)) = (first, here) else {
                if first == here {
                    continue;
                }
                self.diagnostics.report(step.place, fault, help);
                return false;
            };
            match self.dims_agree(first_dims, here_dims, &fault, help, step.place) {
                Agreement::Same | Agreement::Unknown => {}
                Agreement::Different | Agreement::Undecidable => {
                    self.diagnostics.report(step.place, fault, help);
                    return false;
                }
            }
        }
        true
    }

    fn has_parameters(&self, step: &Step) -> bool {
        match &step.kind {
            Kind::One(operation) => operation.has_parameters(),
            Kind::Sharing(_) => true,
            Kind::Layer(index) => match self.model.statements.get(*index).map(|statement| &statement.body) {
                Some(Resolved::Layer(steps)) => steps.iter().any(|step| self.has_parameters(step)),
                _ => false,
            },
            Kind::Broken => false,
        }
    }

    /// Compares two shapes; what only const evaluation can tell becomes an assertion.
    fn dims_agree(&mut self, left: &[Dim], right: &[Dim], fault: &str, help: &str, place: Place) -> Agreement {
        if left.len() != right.len() {
            return Agreement::Different;
        }
        let all: Vec<Agreement> = left.iter().zip(right).map(|(left, right)| size::agreement(left, right)).collect();
        for worst in [Agreement::Different, Agreement::Undecidable] {
            if all.contains(&worst) {
                return worst;
            }
        }
        if !all.contains(&Agreement::Unknown) {
            return Agreement::Same;
        }
        for ((left, right), agreement) in left.iter().zip(right).zip(all) {
            if agreement == Agreement::Unknown {
                self.assert(left, right, Relation::Equal, fault, help, place);
            }
        }
        Agreement::Unknown
    }

    fn assert(&mut self, left: &Dim, right: &Dim, relation: Relation, fault: &str, help: &str, place: Place) {
        let message = format!("{fault}\nhelp: {help}");
        self.trace.assertions.push(Assertion { left: left.clone(), right: right.clone(), relation, message, span: place.start });
    }

    /// A step on values of known shapes, and the shape that it gives; `None` if it cannot take them, which is reported.
    fn sized(&mut self, step: &Step, operation: &Operation, inputs: &[usize]) -> Option<(Operation, Shape)> {
        let written = &step.written;
        match (operation.joins(), inputs.len()) {
            (true, 0 | 1) => {
                let help = format!("write `(a, b) -> {written}`, or take `{written}` out");
                self.diagnostics.report(step.place, format!("`{written}` joins two values or more, and here comes one"), help);
                return None;
            }
            (true, _) | (false, 1) => {}
            (false, count) => {
                let fault = format!("`{written}` takes one value, and here come {count}");
                self.diagnostics.report(step.place, fault, format!("join them first: `(a, b) -> Concat -> {}`", step.text));
                return None;
            }
        }
        let mut shapes = Vec::with_capacity(inputs.len());
        for &input in inputs {
            let shape = self.shape(input)?.clone();
            self.takes(step, operation.takes(), input, &shape)?;
            shapes.push(shape);
        }
        let mut sized = operation.clone();
        let shape = sized.shape(&shapes, &mut AtStep { tracer: self, step, inputs })?;
        Some((sized, shape))
    }

    /// Softmax over one unit is constantly 1: its gradient is zero, and the head would silently never train.
    fn softmax(&mut self, shape: &Shape, place: Place) -> bool {
        if let Shape::Real(dims) = shape
            && dims.len() > 1
        {
            let fault = format!("softmax is over a vector, and here it would be over {}", shape.text());
            self.diagnostics.report(place, fault, "put it at the end of a vector: `-> Flatten -> softmax`; one for each step or pixel there is not");
            return false;
        }
        const FAULT: &str = "softmax over one unit is always 1: it would never train";
        const HELP: &str = "give it one unit for each class; for yes or no, use `Dense(1, sigmoid)` with `binary_cross_entropy`";
        let size = shape.size();
        if size == Dim::Literal(1) {
            self.diagnostics.report(place, FAULT, HELP);
            return false;
        }
        if !matches!(size, Dim::Literal(_)) && !size::is_generic(&size) {
            self.assert(&size, &Dim::Literal(2), Relation::AtLeast, FAULT, HELP, place);
        }
        true
    }

    /// How a step on vectors comes to one.
    fn to_a_vector(&self, step: &Step, input: usize, dims: &[Dim]) -> String {
        let flatten = format!("put `Flatten` before it: `Flatten -> {}`", step.text);
        let of_each = match &step.kind {
            Kind::One(operation) => operation.over_each(&step.text, dims),
            Kind::Sharing(_) | Kind::Layer(_) | Kind::Broken => None,
        };
        let Some(of_each) = of_each else { return flatten };
        let maker = self.trace.values[input].maker.and_then(|maker| self.trace.applications[maker].operation.as_ref());
        let is_recurrent = maker.is_some_and(|maker| maker.last_state().is_some());
        let last = if is_recurrent { "; for the last state alone, leave `sequences = true` out" } else { "" };
        format!("for one layer over all of it, {flatten}; {of_each}{last}")
    }

    /// Whether the step can take a value of this shape at all.
    fn takes(&mut self, step: &Step, wanted: Takes, input: usize, shape: &Shape) -> Option<()> {
        let written = &step.written;
        let name = self.name(input);
        let flow = format!("{} -> {written}", self.trail(input));
        match (wanted, shape) {
            (Takes::Class, Shape::Real(_)) => {
                let help = format!("declare it as a class, `input {}: class(12);`, or take `{written}` out", self.input_name(input));
                self.diagnostics.report_flow(step.place, format!("`{written}` takes a class, but {name} is {}", shape.text()), flow, help);
                None
            }
            (_, Shape::Class(_)) if wanted != Takes::Class => {
                let help =
                    format!("turn it into a vector first: `{} -> Embedding(8)` or `{} -> OneHot`", self.input_name(input), self.input_name(input));
                self.diagnostics.report_flow(step.place, format!("`{written}` takes numbers, but {name} is {}", shape.text()), flow, help);
                None
            }
            (Takes::Vector, Shape::Real(dims)) if dims.len() > 1 => {
                let what = what_it_is(dims);
                let help = self.to_a_vector(step, input, dims);
                self.diagnostics.report_flow(step.place, format!("`{written}` takes a vector, but {name} is {what} of {}", shape.text()), flow, help);
                None
            }
            (Takes::Steps, Shape::Real(dims)) if dims.len() != 2 => {
                let fault = format!("`{written}` takes a sequence of [time, features], but {name} is {} of {}", what_it_is(dims), shape.text());
                let help = self.to_a_sequence(step, input, dims);
                self.diagnostics.report_flow(step.place, fault, flow, help);
                None
            }
            (Takes::Sequence | Takes::Image | Takes::Pixels, Shape::Real(dims)) => {
                let (wants, fits) = match wanted {
                    Takes::Sequence => ("a sequence, [time, channels]", dims.len() == 2),
                    Takes::Image => ("an image, [height, width, channels]", dims.len() == 3),
                    _ => ("a sequence or an image", dims.len() == 2 || dims.len() == 3),
                };
                if fits {
                    return Some(());
                }
                let help = way_to_pixels(step, wanted, dims);
                let fault = format!("`{written}` takes {wants}, but {name} is {} of {}", what_it_is(dims), shape.text());
                self.diagnostics.report_flow(step.place, fault, flow, help);
                None
            }
            _ => Some(()),
        }
    }

    /// How to give a recurrent step a sequence.
    fn to_a_sequence(&self, step: &Step, input: usize, dims: &[Dim]) -> String {
        if let Some(before) = self.last_state_of(input) {
            let every = match before.strip_suffix(')') {
                Some(arguments) if !before.contains("sequences") => format!("{arguments}, sequences = true)"),
                _ => before.replace("sequences = false", "sequences = true"),
            };
            return format!("`{before}` gives its last state alone; let it give all: `{every}`");
        }
        let size = |dims: &[Dim]| {
            let text = size::text(&size::product(dims));
            if text.contains(' ') { format!("{{ {text} }}") } else { text }
        };
        let (time, features) = dims.split_at(dims.len().min(1));
        format!("give it steps and features: `Reshape([{}, {}]) -> {}`", size(time), size(features), step.text)
    }

    /// The recurrent step whose last state a value is, as the user wrote it; element-wise steps may have come after.
    fn last_state_of(&self, value: usize) -> Option<&str> {
        let mut at = value;
        loop {
            let application = &self.trace.applications[self.trace.values[at].maker?];
            let operation = application.operation.as_ref()?;
            match (operation.last_state(), &application.inputs[..]) {
                (Some(is_last), _) => return is_last.then_some(&application.text),
                (None, [input]) if operation.is_element_wise() => at = *input,
                (None, _) => return None,
            }
        }
    }

    /// The values have one shape; reports those that do not.
    fn one_shape(&mut self, step: &Step, verb: &str, inputs: &[usize], shapes: &[Vec<Dim>], help: &str) -> Option<()> {
        let written = &step.written;
        for (index, other) in shapes.iter().enumerate().skip(1) {
            let (left, right) = (self.name(inputs[0]), self.name(inputs[index]));
            let fault = format!(
                "{}`{written}` {verb} values of one shape, but {left} is {} and {right} is {}",
                self.subject(),
                size::shape_text(&shapes[0]),
                size::shape_text(other)
            );
            match self.dims_agree(&shapes[0], other, &fault, help, step.place) {
                Agreement::Same | Agreement::Unknown => {}
                Agreement::Different | Agreement::Undecidable => {
                    let flow = format!("{}; {}", self.trail(inputs[0]), self.trail(inputs[index]));
                    // `N` may well be the same number: that it may be another one is the fault.
                    let generic = shapes[0].iter().chain(other).find(|dim| size::is_generic(dim)).filter(|_| shapes[0].len() == other.len());
                    let fault = generic.map_or_else(|| fault.clone(), |generic| format!("{fault}; `{}` may be any number", size::text(generic)));
                    self.diagnostics.report_flow(step.place, fault, flow, help);
                    return None;
                }
            }
        }
        Some(())
    }

    /// ``head `age`: ``, in front of a fault within a head.
    fn subject(&self) -> String {
        match self.model.statements.get(self.owner) {
            Some(statement) if matches!(statement.body, Resolved::Head(..)) => format!("head `{}`: ", statement.name),
            _ => String::new(),
        }
    }

    fn name(&self, value: usize) -> String {
        name(self.model, &self.trace, value)
    }

    fn trail(&self, value: usize) -> String {
        trail(self.model, &self.trace, value)
    }

    /// The name of an input, or a stand-in for it.
    fn input_name(&self, value: usize) -> String {
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

/// It is a layer of which an activation that follows may be a part.
fn takes_an_activation(step: &Step) -> bool {
    step.kind.weighted().is_some_and(|weighted| matches!(weighted.given, Ending::None))
}

/// A step at work on its inputs.
struct AtStep<'t, 'a, 'd> {
    tracer: &'t mut Tracer<'a, 'd>,
    step: &'t Step,
    inputs: &'t [usize],
}

impl Rules for AtStep<'_, '_, '_> {
    fn written(&self) -> &str {
        &self.step.written
    }

    fn value(&self, input: usize) -> String {
        self.tracer.name(self.inputs[input])
    }

    fn trail(&self, input: usize) -> String {
        self.tracer.trail(self.inputs[input])
    }

    fn report_flow(&mut self, place: Option<Place>, fault: &str, flow: &str, help: &str) {
        self.tracer.diagnostics.report_flow(place.unwrap_or(self.step.place), fault, flow, help);
    }

    fn assert(&mut self, left: &Dim, right: &Dim, relation: Relation, fault: &str, help: &str, place: Option<Place>) {
        self.tracer.assert(left, right, relation, fault, help, place.unwrap_or(self.step.place));
    }

    fn real(&mut self, dims: Vec<Dim>) -> Option<Shape> {
        self.tracer.real(dims, self.step.place)
    }

    fn no_arithmetic(&mut self, dims: &[Dim], what: &str, operator: &str) {
        self.tracer.no_arithmetic(self.step.place, dims, what, operator);
    }

    fn one_shape(&mut self, verb: &str, shapes: &[Vec<Dim>], help: &str) -> Option<()> {
        self.tracer.one_shape(self.step, verb, self.inputs, shapes, help)
    }

    fn softmax(&mut self, shape: &Shape) -> bool {
        self.tracer.softmax(shape, self.step.place)
    }

    fn optional(&self, input: usize) -> Option<Vec<bool>> {
        let columns = crate::check::columns(self.tracer.model, &self.tracer.trace, self.inputs[input])?;
        let optional: Vec<bool> = columns.iter().map(|column| column.optional).collect();
        optional.contains(&true).then_some(optional)
    }

    fn sized(&self, path: &TokenStream, size: &Dim) -> TokenStream {
        fill(path, &generic_argument(size, self.tracer.facade))
    }
}

/// What a value of these dimensions is called.
fn what_it_is(dims: &[Dim]) -> &'static str {
    match dims.len() {
        1 => "a vector",
        2 => "a sequence",
        3 => "an image",
        _ => "an array",
    }
}

/// How to come from a value of these dimensions to what a step wants.
fn way_to_pixels(step: &Step, wanted: Takes, dims: &[Dim]) -> String {
    let text = &step.text;
    let other = |from: char, to: char| {
        let end = step.written.len().saturating_sub(2);
        format!("{}{}", &step.written[..end], step.written[end..].replace(from, &to.to_string()))
    };
    match (wanted, dims) {
        (Takes::Image, [Dim::Literal(size)]) if size.isqrt().pow(2) == *size => {
            let side = size.isqrt();
            format!("give it height, width and channels: `Reshape([{side}, {side}, 1]) -> {text}`")
        }
        (Takes::Image, [_]) => format!("give it height, width and channels: `Reshape([height, width, channels]) -> {text}`"),
        (Takes::Image, [height, width]) => {
            let (height, width) = (size::text(height), size::text(width));
            format!("for an image, give it channels: `Reshape([{height}, {width}, 1]) -> {text}`; for a sequence it is `{}`", other('2', '1'))
        }
        (Takes::Sequence, [size]) => format!("give it channels: `Reshape([{}, 1]) -> {text}`", size::text(size)),
        (Takes::Sequence, [_, _, _]) => format!("for an image it is `{}`", other('1', '2')),
        (Takes::Pixels, [_]) => format!("take `{}` out: a vector has no pixels to average over", step.written),
        _ => "give it another shape with `Reshape`".to_owned(),
    }
}

/// Puts the size of the input for every `_` among the generics of a path.
fn fill(path: &TokenStream, size: &TokenStream) -> TokenStream {
    path.clone()
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Ident(ident) if ident == "_" => size.clone(),
            token => token.into(),
        })
        .collect()
}
