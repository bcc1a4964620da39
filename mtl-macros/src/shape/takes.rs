//! Whether a step can take a value, and how to make the value fit.

use super::tracer::Tracer;
use crate::resolve::Step;
use crate::size::{self, Dim, Shape};
use crate::step::Kind;
use crate::vocabulary::Takes;

impl Tracer<'_, '_> {
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
    pub(super) fn takes(&mut self, step: &Step, wanted: Takes, input: usize, shape: &Shape) -> Option<()> {
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
    // The word with another number of axes, where there is one.
    let other = |from: char, to: char| {
        let end = step.written.len().saturating_sub(2);
        let word = format!("{}{}", &step.written[..end], step.written[end..].replace(from, &to.to_string()));
        crate::step::find(&word).is_some().then_some(word)
    };
    match (wanted, dims) {
        (Takes::Image, [Dim::Literal(size)]) if size.isqrt().pow(2) == *size => {
            let side = size.isqrt();
            format!("give it height, width and channels: `Reshape([{side}, {side}, 1]) -> {text}`")
        }
        (Takes::Image, [_]) => format!("give it height, width and channels: `Reshape([height, width, channels]) -> {text}`"),
        (Takes::Image, [height, width]) => {
            let (height, width) = (size::text(height), size::text(width));
            let sequence = other('2', '1').map_or_else(String::new, |word| format!("; for a sequence it is `{word}`"));
            format!("for an image, give it channels: `Reshape([{height}, {width}, 1]) -> {text}`{sequence}")
        }
        (Takes::Sequence, [size]) => format!("give it channels: `Reshape([{}, 1]) -> {text}`", size::text(size)),
        (Takes::Sequence, [_, _, _]) if let Some(word) = other('1', '2') => format!("for an image it is `{word}`"),
        (Takes::Pixels, [_]) => format!("take `{}` out: a vector has no pixels to average over", step.written),
        _ => "give it another shape with `Reshape`".to_owned(),
    }
}
