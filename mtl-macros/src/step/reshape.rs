//! `Flatten` and `Reshape`: the same numbers in another shape.

use proc_macro2::{Ident, Span, TokenStream};

use quote::quote;

use crate::emit::Emit;
use crate::assertion::Relation;
use crate::ast::TermKind;
use crate::size::{self, Agreement, Dim, Shape};
use crate::text;
use crate::vocabulary::{ArgumentKind, Takes, required};

use super::int8::Vanishes;
use super::{Backward, Definition, Folding, Forward, Given, Int8, Rules, Sizes, Word};

pub(super) const WORDS: &[Word] = &[
    Word::new("Flatten", Takes::Reals, &[], |_| Reshape { target: Target::Vector }.into()).says(
"to a vector"),
    Word::new("Reshape", Takes::Reals, &[required("shape", ArgumentKind::Shape, "[28, 28, 1]").or(&["target_shape"])], |given| {
        Reshape { target: Target::Shape(dimensions(given)) }.into()
    }).says(
"keeps the number of values"),
];

#[derive(Clone)]
pub(crate) struct Reshape {
    target: Target,
}

#[derive(Clone)]
enum Target {
    Vector,
    /// `None` where it was wrong and reported.
    Shape(Option<Vec<Dim>>),
}

/// The list of dimensions.
fn dimensions(given: &mut Given<'_, '_, '_>) -> Option<Vec<Dim>> {
    let (term, what) = (given.term("shape")?, given.called("shape"));
    match &term.kind {
        TermKind::List(items) if !items.is_empty() => {
            let dims: Vec<Option<Dim>> = items.iter().map(|item| given.reader.dimension(item, "a dimension", "28")).collect();
            dims.into_iter().collect()
        }
        TermKind::Broken => None,
        _ => {
            let fault = format!("{what} is a list of dimensions, and not `{}`", text::term(term));
            given.reader.diagnostics.report(term.place, fault, "write `Reshape([28, 28, 1])`");
            None
        }
    }
}

impl Definition for Reshape {
    fn name(&self) -> &str {
        match self.target {
            Target::Vector => "Flatten",
            Target::Shape(_) => "Reshape",
        }
    }

    fn shape(&mut self, inputs: &[Shape], rules: &mut dyn Rules) -> Option<Shape> {
        let dims = inputs[0].dims();
        let from = size::product(dims);
        let target = match &self.target {
            Target::Vector => return Some(Shape::Real(vec![from])),
            Target::Shape(target) => target.clone()?,
        };
        let (to, shown) = (size::product(&target), size::shape_text(&target));
        let fault = format!(
            "`Reshape` keeps the number of values: {} of {} has {}, and {shown} has {}",
            rules.value(0),
            size::shape_text(dims),
            size::text(&from),
            size::text(&to)
        );
        let help = format!("give dimensions whose product is {}", size::text(&from));
        let target = rules.real(target)?;
        match size::agreement(&from, &to) {
            Agreement::Same => {}
            Agreement::Unknown => rules.assert(&from, &to, Relation::Equal, &fault, &help, None),
            Agreement::Different | Agreement::Undecidable => {
                let flow = format!("{} -> Reshape {shown}", rules.trail(0));
                rules.report_flow(None, &fault, &flow, &help);
                return None;
            }
        }
        Some(target)
    }

    fn is_view(&self) -> bool {
        true
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (model, name) = (&emit.paths.model, Ident::new(self.name(), Span::call_site()));
        quote!(#model::graph::Operation::#name)
    }

    fn forward(&self, _: &Forward<'_>) -> TokenStream {
        TokenStream::new()
    }

    fn backward(&self, _: &Backward<'_>) -> TokenStream {
        TokenStream::new()
    }

    fn folding(&self) -> Folding {
        Folding::Reshapes
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(&Vanishes)
    }
}
