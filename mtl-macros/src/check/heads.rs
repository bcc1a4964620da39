//! Rules on a head: its loss, the end of its flow, its metrics and weights must go together.

use crate::assertion::{Assertion, Relation};
use crate::diagnostic::{Diagnostics, Place};
use crate::function::Function;
use crate::number::Number;
use crate::resolve::{ClassNamesKind, HeadOptions, LossChoice, Model, Resolved};
use crate::shape::{self, Trace};
use crate::size::{self, Dim, Shape};
use crate::suggest;
use crate::vocabulary::{self, Does, EndsIn, Gives, Loss, Task};

/// A head at work.
struct Head<'a> {
    name: String,
    index: usize,
    options: &'a HeadOptions,
    model: &'a Model<'a>,
    trace: &'a Trace,
    /// The value at the end of its flow.
    value: usize,
    /// How many outputs it has, if that is known.
    outputs: Option<Dim>,
}

/// The end of a flow.
enum End<'a> {
    /// An activation of the language, and where it stands.
    Activation(&'static vocabulary::Activation, Place),
    /// A user's own activation or layer: what it gives is not known.
    Own,
    /// A step that is no activation: as written, and where it stands.
    Step(&'a str, Place),
    /// No step at all.
    Input,
    /// Reported already.
    Unknown,
}

pub(super) fn all(diagnostics: &mut Diagnostics, model: &Model, trace: &Trace, assertions: &mut Vec<Assertion>) {
    for (index, statement) in model.statements.iter().enumerate() {
        let Resolved::Head(flow, options) = &statement.body else { continue };
        let Some(value) = trace.statements.get(index).copied().flatten() else { continue };
        let mut head = Head { name: statement.name.to_string(), index, options, model, trace, value, outputs: None };
        if ends_in_a_vector(diagnostics, &head, flow.place) {
            head.outputs = trace.values[value].shape.as_ref().map(Shape::size);
        }
        let before = diagnostics.count();
        has_a_loss(diagnostics, &head, statement.name.into());
        if ends_as_its_loss_wants(diagnostics, &head) {
            metrics_go_with_the_loss(diagnostics, &head);
            standardized_targets_have_units(diagnostics, &head);
            names_are_of_classes(diagnostics, &head, assertions);
        }
        spellings_mean_the_same(diagnostics, &head);
        top_k_has_enough_classes(diagnostics, &head, assertions);
        class_weights_are_one_a_class(diagnostics, &head, assertions);
        label_smoothing_is_for_labels(diagnostics, &head);
        // Another loss may be of classes, and these are one column.
        if diagnostics.count() == before {
            title_has_a_number(diagnostics, &head);
        }
    }
    weights_are_not_all_zero(diagnostics, model);
}

impl<'a> Head<'a> {
    fn end(&self) -> End<'a> {
        let Some(maker) = self.trace.values[self.value].maker else { return End::Input };
        let application = &self.trace.applications[maker];
        // Only what is whole has an operation.
        match (&application.activation, application.step) {
            (_, usize::MAX) => End::Unknown,
            (Some(Function::Named(activation)), _) => End::Activation(activation, application.place),
            (Some(Function::Own(..)), _) => End::Own,
            (None, _) if application.operation.as_ref().is_some_and(|operation| operation.own().is_some()) => End::Own,
            (None, _) if self.trace.values[self.value].shape.is_none() => End::Unknown,
            (None, _) => End::Step(&application.text, application.place),
        }
    }

    /// Whether the end of the flow stands in the head's own statement.
    fn owns_end(&self) -> bool {
        self.trace.values[self.value].maker.is_some_and(|maker| self.trace.applications[maker].owner == self.index)
    }

    /// The task that the end of the flow suggests.
    fn suggested_task(&self) -> Option<Task> {
        match self.end() {
            End::Activation(activation, _) => match activation.gives {
                Gives::Probabilities => Some(Task::Binary),
                Gives::Distribution => Some(Task::Classes),
                Gives::Positive => Some(Task::Regression),
                Gives::Reals | Gives::Signs => None,
            },
            End::Own | End::Step(..) | End::Input | End::Unknown => None,
        }
    }
}

// What a head gives is compared with a row of targets.
fn ends_in_a_vector(diagnostics: &mut Diagnostics, head: &Head, place: Place) -> bool {
    let Some(shape) = &head.trace.values[head.value].shape else { return false };
    let help = match shape {
        Shape::Real(dims) if dims.len() == 2 => "end it in `Flatten` for a target at every step, or in `Flatten -> Dense(1)` for one of all",
        Shape::Real(dims) if dims.len() == 3 => "end it in `Flatten` for a target at every pixel, or in `Flatten -> Dense(1)` for one of all",
        Shape::Real(dims) if dims.len() > 1 => "end it in `Flatten`, or in `Flatten -> Dense(1)`",
        Shape::Class(_) => "turn the class into numbers first: `-> Embedding(8) -> Dense(1)`",
        Shape::Real(_) => return true,
    };
    let place = if head.owns_end() { head.trace.values[head.value].maker.map_or(place, |maker| head.trace.applications[maker].place) } else { place };
    let flow = shape::trail(head.model, head.trace, head.value);
    diagnostics.report_flow(place, format!("head `{}` must end in a vector, and ends in {}", head.name, shape.text()), flow, help);
    false
}

// The targets of a vector are columns of their own.
fn title_has_a_number(diagnostics: &mut Diagnostics, head: &Head) {
    let (Some(title), Some(Dim::Literal(outputs))) = (&head.model.statements[head.index].syntax.title, &head.outputs) else { return };
    let LossChoice::Named { loss, .. } = &head.options.loss else { return };
    if *outputs > 1 && loss.task != Task::Classes && !title.text.contains("{}") {
        let fault = format!("head `{}` has {outputs} columns, and the title `{}` no place for their numbers", head.name, title.text);
        diagnostics.report(title.place, fault, format!("write `{{}}` in place of the number: `#[column = \"{}{{}}\"]`", title.text));
    }
}

// Without a loss there is nothing to train a head on.
fn has_a_loss(diagnostics: &mut Diagnostics, head: &Head, place: Place) {
    if !matches!(head.options.loss, LossChoice::Missing) {
        return;
    }
    let fitting = match head.end() {
        End::Activation(activation, _) => match activation.gives {
            Gives::Probabilities => "binary_cross_entropy",
            Gives::Distribution => "categorical_cross_entropy",
            Gives::Positive => "poisson",
            Gives::Reals | Gives::Signs => "mse",
        },
        End::Own | End::Step(..) | End::Input | End::Unknown => "mse",
    };
    diagnostics.report(place, format!("head `{}` has no loss", head.name), format!("write one in its block: `{{ loss: {fitting} }}`"));
}

// A cross-entropy of values that are no probabilities, or a squared error of a softmax, trains to nothing useful.
fn ends_as_its_loss_wants(diagnostics: &mut Diagnostics, head: &Head) -> bool {
    let LossChoice::Named { loss, place: loss_place, .. } = &head.options.loss else { return true };
    let end = head.end();
    // A softmax that gives nothing known is one over one unit, an error of its own, or follows from a mistake.
    if matches!(&end, End::Activation(activation, _) if activation.gives == Gives::Distribution) && head.outputs.is_none() {
        return false;
    }
    let fits = match (&end, loss.ends_in) {
        (End::Unknown, _) => true,
        (End::Activation(activation, _), EndsIn::AnythingButSoftmax) => activation.gives != Gives::Distribution,
        (End::Activation(activation, _), EndsIn::Positive) => activation.gives == Gives::Positive,
        (End::Activation(activation, _), EndsIn::Sigmoid) => activation.gives == Gives::Probabilities,
        (End::Activation(activation, _), EndsIn::Softmax) => activation.gives == Gives::Distribution,
        (End::Activation(activation, _), EndsIn::Signs) => activation.gives == Gives::Signs || activation.does == Does::Nothing,
        // Of a type of the user's own it is not known; the fused losses need to know.
        (End::Own, EndsIn::AnythingButSoftmax | EndsIn::Positive | EndsIn::Signs) => true,
        (End::Step(..) | End::Input, EndsIn::AnythingButSoftmax | EndsIn::Signs) => true,
        (End::Own, EndsIn::Sigmoid | EndsIn::Softmax) | (End::Step(..) | End::Input, EndsIn::Positive | EndsIn::Sigmoid | EndsIn::Softmax) => false,
    };
    if fits {
        return true;
    }
    let (found, end_place) = match &end {
        End::Activation(activation, place) => (format!("in `{}`", activation.name), Some(*place)),
        End::Step(text, place) => (format!("in `{text}` without an activation"), Some(*place)),
        End::Own => ("in a type of your own".into(), None),
        End::Input | End::Unknown => ("in a value without a step".into(), None),
    };
    let name = loss.name;
    let (wanted, help) = match loss.ends_in {
        EndsIn::Sigmoid => ("in `sigmoid`", format!("end it in `sigmoid`{}", instead(&end, loss))),
        EndsIn::Softmax => ("in `softmax`", format!("end it in `softmax`{}", instead(&end, loss))),
        EndsIn::Positive => ("in `exponential` or `softplus`, so that it is above zero", format!("end it in `exponential`{}", instead(&end, loss))),
        EndsIn::Signs => ("in `linear` or `tanh`", format!("end it in `linear`{}", instead(&end, loss))),
        EndsIn::AnythingButSoftmax => ("in anything but `softmax`", format!("end it in `linear`{}", instead(&end, loss))),
    };
    let fault = format!("head `{}`: `{name}` wants a flow that ends {wanted}, but this one ends {found}", head.name);
    let place = match end_place {
        Some(end_place) if head.owns_end() && !others_agree_with_the_end(head, loss) => end_place,
        _ => *loss_place,
    };
    diagnostics.report(place, fault, help);
    false
}

/// The loss that goes with the end as it is.
fn instead(end: &End, loss: &Loss) -> String {
    let other = match end {
        End::Activation(activation, _) => match activation.gives {
            Gives::Probabilities => Some("binary_cross_entropy"),
            Gives::Distribution => Some("categorical_cross_entropy"),
            Gives::Positive => Some("poisson"),
            Gives::Reals | Gives::Signs => Some("mse"),
        },
        End::Step(..) | End::Input | End::Own => Some("mse"),
        End::Unknown => None,
    };
    other.filter(|other| *other != loss.name).map_or_else(String::new, |other| format!(", or write `loss: {other}`"))
}

/// The head's metrics and other keys go with the end of its flow rather than with its loss: the loss is the odd one out.
fn others_agree_with_the_end(head: &Head, loss: &Loss) -> bool {
    let Some(task) = head.suggested_task() else {
        // An end without an activation suggests real numbers.
        return head.options.metrics.iter().any(|choice| !choice.metric.tasks.contains(&loss.task));
    };
    let metric = head.options.metrics.iter().any(|choice| !choice.metric.tasks.contains(&loss.task) && choice.metric.tasks.contains(&task));
    let labels = (head.options.class_weights.is_some() && !loss.class_weights) || (head.options.label_smoothing.is_some() && !loss.label_smoothing);
    metric || labels
}

// Accuracy of real numbers, or a squared error of classes, measures nothing.
fn metrics_go_with_the_loss(diagnostics: &mut Diagnostics, head: &Head) {
    let LossChoice::Named { loss, place, .. } = &head.options.loss else { return };
    let strangers: Vec<_> = head.options.metrics.iter().filter(|choice| !choice.metric.tasks.contains(&loss.task)).collect();
    if strangers.is_empty() {
        return;
    }
    let fitting = || suggest::list(vocabulary::METRICS.iter().filter(|metric| metric.tasks.contains(&loss.task)).map(|metric| metric.name));
    let all_strange = strangers.len() == head.options.metrics.len();
    let suggested = head.suggested_task().filter(|task| *task != loss.task && strangers.iter().all(|choice| choice.metric.tasks.contains(task)));
    if all_strange && (suggested.is_some() || strangers.len() > 1) {
        let all = suggest::list(strangers.iter().map(|choice| choice.metric.name));
        let other = match suggested {
            Some(Task::Binary) => "`loss: binary_cross_entropy`".to_owned(),
            Some(Task::Classes | Task::Distribution) => "`loss: categorical_cross_entropy`".to_owned(),
            Some(Task::Regression | Task::Signs) | None => "another loss".to_owned(),
        };
        diagnostics.report(
            *place,
            format!("head `{}`: {all} do not go with the loss `{}`", head.name, loss.name),
            format!("write {other}, or metrics that go with it: {}", fitting()),
        );
        return;
    }
    for choice in strangers {
        diagnostics.report(
            choice.place,
            format!("head `{}`: the metric `{}` does not go with the loss `{}`", head.name, choice.metric.name, loss.name),
            format!("take it out; with `{}` go {}", loss.name, fitting()),
        );
    }
}

// Keras's `Precision` of classes is another number than `precision`.
fn spellings_mean_the_same(diagnostics: &mut Diagnostics, head: &Head) {
    let LossChoice::Named { loss, .. } = &head.options.loss else { return };
    let outputs = match &head.outputs {
        Some(Dim::Literal(outputs)) => Some(*outputs),
        _ => None,
    };
    for choice in head.options.metrics.iter().filter(|choice| choice.metric.tasks.contains(&loss.task)) {
        let Some((spelling, with)) = choice.spelling.filter(|(_, with)| !with.allows(loss.task, outputs)) else { continue };
        let name = choice.metric.name;
        diagnostics.report(
            choice.place,
            format!("head `{}`: Keras's `{spelling}` is what `{name}` is with {} alone, and another number here", head.name, with.words()),
            format!("write `{name}`"),
        );
    }
}

// The target is always among the best N of N classes.
fn top_k_has_enough_classes(diagnostics: &mut Diagnostics, head: &Head, assertions: &mut Vec<Assertion>) {
    let Some(outputs) = &head.outputs else { return };
    for choice in &head.options.metrics {
        let Some(k) = &choice.k else { continue };
        let fault =
            format!("head `{}`: there are {} classes, and `{}` looks at {}", head.name, size::text(outputs), choice.metric.name, size::text(k));
        let help = format!("write {} or less: a hit is a class among so many of the most probable ones", size::text(outputs));
        match (k, outputs) {
            (Dim::Literal(count), Dim::Literal(classes)) if count > classes => diagnostics.report(choice.place, fault, help),
            (Dim::Literal(_), Dim::Literal(_)) => {}
            _ if size::is_generic(k) || size::is_generic(outputs) => {}
            _ => assertions.push(Assertion {
                left: outputs.clone(),
                right: k.clone(),
                relation: Relation::AtLeast,
                message: format!("{fault}\nhelp: {help}"),
                span: choice.place.start,
            }),
        }
    }
}

// One weight a class; of binary labels, one for 0 and one for 1.
fn class_weights_are_one_a_class(diagnostics: &mut Diagnostics, head: &Head, assertions: &mut Vec<Assertion>) {
    let (Some((weights, place)), LossChoice::Named { loss, .. }) = (&head.options.class_weights, &head.options.loss) else { return };
    let count = Dim::Literal(weights.len());
    let wanted = match loss.task {
        _ if !loss.class_weights => {
            let with = suggest::list(vocabulary::LOSSES.iter().filter(|loss| loss.class_weights).map(|loss| loss.name));
            diagnostics.report(
                *place,
                format!("head `{}`: the loss `{}` knows no classes to weigh", head.name, loss.name),
                format!("take `class_weights` out; it goes with {with}"),
            );
            return;
        }
        Task::Binary => Dim::Literal(2),
        Task::Classes | Task::Distribution | Task::Regression | Task::Signs => match &head.outputs {
            Some(outputs) => outputs.clone(),
            None => return,
        },
    };
    let classes = if loss.task == Task::Binary {
        "two, for the labels 0 and 1".to_owned()
    } else {
        format!("one for each of the {} classes", size::text(&wanted))
    };
    let fault = format!("head `{}` has {} class weights, and wants {classes}", head.name, weights.len());
    let help = match &wanted {
        Dim::Literal(wanted) => format!("write {wanted} numbers: `class_weights: [{}]`", example_weights(*wanted)),
        other => format!("write {} numbers", size::text(other)),
    };
    match size::agreement(&count, &wanted) {
        size::Agreement::Same => {}
        size::Agreement::Different => diagnostics.report(*place, fault, help),
        size::Agreement::Undecidable => diagnostics.report(
            *place,
            format!(
                "head `{}`: the number of classes is a parameter of the struct, and cannot be compared with {} class weights",
                head.name,
                weights.len()
            ),
            format!("make `{}` a `const` outside of the model", size::text(&wanted)),
        ),
        size::Agreement::Unknown => assertions.push(Assertion {
            left: count,
            right: wanted,
            relation: Relation::Equal,
            message: format!("{fault}\nhelp: {help}"),
            span: place.start,
        }),
    }
}

fn example_weights(count: usize) -> String {
    let shown = vec!["1.0"; count.min(4)].join(", ");
    if count > 4 { format!("{shown}, ..") } else { shown }
}

// Smoothing moves labels towards a uniform distribution: there must be labels.
fn label_smoothing_is_for_labels(diagnostics: &mut Diagnostics, head: &Head) {
    let (Some((_, place)), LossChoice::Named { loss, .. }) = (&head.options.label_smoothing, &head.options.loss) else { return };
    if loss.label_smoothing {
        return;
    }
    let with = suggest::list(vocabulary::LOSSES.iter().filter(|loss| loss.label_smoothing).map(|loss| loss.name));
    diagnostics.report(
        *place,
        format!("head `{}`: the loss `{}` has no labels to smooth", head.name, loss.name),
        format!("take `label_smoothing` out; it goes with {with}"),
    );
}

// Names are of classes that a target is one of, and there is one for each.
fn names_are_of_classes(diagnostics: &mut Diagnostics, head: &Head, assertions: &mut Vec<Assertion>) {
    let Some(classes) = head.options.classes.as_ref().filter(|classes| !matches!(classes.kind, ClassNamesKind::Broken)) else { return };
    let task = match &head.options.loss {
        LossChoice::Missing | LossChoice::Broken => return,
        LossChoice::Named { loss, .. } => (loss.name.to_owned(), Some(loss.task)),
        LossChoice::Custom { name, .. } => (name.clone(), None),
    };
    if task.1 != Some(Task::Classes) {
        let with = suggest::list(vocabulary::LOSSES.iter().filter(|loss| loss.task == Task::Classes).map(|loss| loss.name));
        let fault = format!("head `{}`: a target of `{}` is no class that could have a name", head.name, task.0);
        diagnostics.report(classes.place, fault, format!("take `classes` out; it goes with {with}"));
        return;
    }
    let Some(outputs) = &head.outputs else { return };
    let fault = format!("head `{}` names {} classes, and its flow ends in {} values", head.name, size::text(&classes.count), size::text(outputs));
    let help = "write the last `Dense` without a number of units: it is that of the classes";
    match size::agreement(&classes.count, outputs) {
        size::Agreement::Same => {}
        size::Agreement::Different => diagnostics.report(classes.place, fault, help),
        size::Agreement::Undecidable => diagnostics.report(
            classes.place,
            format!(
                "head `{}`: the width of its flow is a parameter of the struct, and cannot be compared with {} classes",
                head.name,
                size::text(&classes.count)
            ),
            help,
        ),
        size::Agreement::Unknown => assertions.push(Assertion {
            left: classes.count.clone(),
            right: outputs.clone(),
            relation: Relation::Equal,
            message: format!("{fault}\nhelp: {help}"),
            span: classes.place.start,
        }),
    }
}

// Of classes, probabilities and counts mean and spread are no units; and an activation gives only some of the values that standard units have.
fn standardized_targets_have_units(diagnostics: &mut Diagnostics, head: &Head) {
    let Some(place) = head.options.standardized else { return };
    let with = || suggest::list(vocabulary::LOSSES.iter().filter(|loss| loss.takes_any_unit()).map(|loss| loss.name));
    match &head.options.loss {
        LossChoice::Missing | LossChoice::Broken => return,
        LossChoice::Named { loss, .. } if loss.takes_any_unit() => {}
        LossChoice::Named { loss, .. } => {
            let fault = format!("head `{}`: the targets of `{}` have no unit to divide out", head.name, loss.name);
            diagnostics.report(place, fault, format!("take `targets` out; it goes with {}", with()));
            return;
        }
        LossChoice::Custom { name, .. } => {
            let fault = format!("head `{}`: whether the targets of your own loss `{name}` have a unit is not known", head.name);
            diagnostics.report(place, fault, format!("take `targets` out, and let `{name}` divide by the spread; it goes with {}", with()));
            return;
        }
    }
    let found = match head.end() {
        End::Activation(activation, _) if activation.does != Does::Nothing => format!("`{}`", activation.name),
        End::Own => "a type of your own".to_owned(),
        End::Activation(..) | End::Step(..) | End::Input | End::Unknown => return,
    };
    let fault = format!("head `{}`: standardized targets are of both signs and any size, and the flow ends in {found}", head.name);
    diagnostics.report(place, fault, "end the flow in a `Dense` without an activation, or take `targets` out");
}

// A sum of losses that all count nothing has no gradient.
fn weights_are_not_all_zero(diagnostics: &mut Diagnostics, model: &Model) {
    let mut first = None;
    for statement in &model.statements {
        let Resolved::Head(_, options) = &statement.body else { continue };
        match &options.weight {
            Some((Number::Literal(weight), place)) if *weight == 0.0 => first = first.or(Some(*place)),
            _ => return,
        }
    }
    if let Some(place) = first {
        diagnostics.report(place, "the weights of all heads are zero: nothing would train", "give one head at least a weight above 0");
    }
}
