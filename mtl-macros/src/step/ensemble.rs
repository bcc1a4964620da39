//! `Ensemble`: members that share the weights behind it, each with factors of its own (Wen 2020, Gorishniy 2024).

use proc_macro2::TokenStream;
use quote::quote;

use crate::assertion::Relation;
use crate::emit::Emit;
use crate::size::{self, Agreement, Dim, Shape};
use crate::vocabulary::{ArgumentKind, Takes, required};

use super::int8::{AtTheStart, Call, Part, Parts};
use super::{Constant, ConstantValue, Definition, Descriptor, Int8, Product, Rules, Sizes, Tensor, Word};

pub(super) const WORDS: &[Word] = &[Word::new("Ensemble", Takes::Reals, &[required("members", ArgumentKind::Dimension, "8")], |given| {
    Ensemble { members: given.dimension("members"), place: given.place_of("members"), begins: true }.into()
})
.says(
    "of a vector `[members, values]`, each member with a trained factor for each value; of such a value the same, with factors for what each member \
     has. What follows shares its weights: `x -> Ensemble(8) -> Conv1D(64, relu, kernel = 1) -> Conv1D(1, kernel = 1) -> GlobalAveragePool` is the mean of \
     eight networks (Wen 2020, Gorishniy 2024)",
)];

/// Members of an ensemble, with factors.
#[derive(Clone)]
pub(crate) struct Ensemble {
    /// How many there are; `None` where it was wrong and reported.
    members: Option<Dim>,
    place: crate::diagnostic::Place,
    /// It takes a vector, which every member gets.
    begins: bool,
}

impl Definition for Ensemble {
    fn name(&self) -> &str {
        "Ensemble"
    }

    fn shape(&mut self, inputs: &[Shape], rules: &mut dyn Rules) -> Option<Shape> {
        let members = self.members.clone()?;
        match inputs[0].dims() {
            [values] => {
                self.begins = true;
                rules.real(vec![members, values.clone()])
            }
            [steps, values] => {
                self.begins = false;
                let (written, value) = (rules.written().to_owned(), rules.value(0));
                let fault = format!("`{written}` has {} members, but {value} is {}", size::text(&members), inputs[0].text());
                let help = format!("its first axis is the members: write `{written}({})`, or put `Flatten` before it", size::text(steps));
                match size::agreement(steps, &members) {
                    Agreement::Same => {}
                    Agreement::Unknown => rules.assert(steps, &members, Relation::Equal, &fault, &help, Some(self.place)),
                    Agreement::Different | Agreement::Undecidable => {
                        let flow = format!("{} -> {written}", rules.trail(0));
                        rules.report_flow(Some(self.place), &fault, &flow, &help);
                        return None;
                    }
                }
                rules.real(vec![members, values.clone()])
            }
            _ => {
                let fault = format!("`{}` takes a vector, or what its members have, `[members, values]`, but {} is {}", rules.written(), rules.value(0), inputs[0].text());
                let flow = format!("{} -> {}", rules.trail(0), rules.written());
                rules.report_flow(None, &fault, &flow, "put `Flatten` before it");
                None
            }
        }
    }

    fn sizes_mut(&mut self) -> Vec<&mut Dim> {
        self.members.iter_mut().collect()
    }

    fn tensors(&self, sizes: &Sizes) -> Vec<Tensor> {
        vec![Tensor::trained("factor", &sizes.output.shape.dims().iter().collect::<Vec<_>>())]
    }

    fn parameters(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (layer, scalar, factors) = (&emit.paths.layer, emit.scalar, emit.argument(&sizes.output.size));
        quote!(#layer::EnsembleParameters<#factors, #scalar>)
    }

    fn multiply_adds(&self, sizes: &Sizes) -> Vec<Product> {
        vec![Product::scaling(&[&sizes.output.size])]
    }

    fn constants(&self, _: &Sizes) -> Vec<Constant> {
        self.members.iter().map(|members| Constant::predicting("members", ConstantValue::Size(members.clone()))).collect()
    }

    fn graph(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (model, members) = (&emit.paths.model, emit.size(self.members.as_ref().unwrap_or(&sizes.output.size)));
        quote!(#model::graph::Operation::Ensemble { members: #members })
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, factors, begins) = (&emit.paths.layer, emit.argument(&sizes.output.size), self.begins);
        Some(Descriptor::new(quote!(#layer::Ensemble<#factors>), &quote!(#begins)))
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(self)
    }
}

impl Int8 for Ensemble {
    fn at_the_start(&self) -> AtTheStart {
        AtTheStart::Is
    }

    fn is_at_the_start_alone(&self) -> bool {
        true
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (field, factors) = (of.field(), of.emit.argument(&of.sizes.output.size));
        let Parts { int8, slot, .. } = of;
        of.one(quote!(#int8::RealEnsemble<#factors>), quote!(#int8::RealEnsemble::set(&mut self.#field, &__float.#slot);))
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part, from, to) = (&call.int8, call.part(), call.real(0), call.to_real());
        quote!(#int8::RealEnsemble::forward(&self.#part, &#from, &mut #to);)
    }
}
