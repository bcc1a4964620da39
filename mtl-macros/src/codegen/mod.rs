//! From the graph to Rust: the structs, and calls into the runtime.
//!
//! What depends on the graph is generated; what depends on a layer is a function of the runtime. Every path is
//! absolute: `::core::…`, or through the facade as it is called where the model stands.

mod constants;
mod fold;
mod freezing;
mod int8;
mod passes;
mod plan;
mod report;
mod summary;
#[cfg(test)]
mod tests;
mod tokens;
mod types;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::graph::{Claim, Graph, InputKind, Limit, Number, NumberAssertion, Operation, Part, Relation};
use crate::own::{self, located};
use plan::Plan;
use tokens::Paths;

/// All items of a model. `mtl` is the path of the facade.
pub(crate) fn model(graph: &Graph, mtl: &TokenStream) -> TokenStream {
    let plan = Plan::new(graph, mtl);
    let parameters = types::parameters(&plan);
    let rows = types::rows(&plan);
    let workspace = types::workspace(&plan);
    let model = implementation(&plan);
    let inherent = inherent(&plan);
    let report = report::report(&plan);
    let blocks = freezing::names(&plan);
    let assertions = assertions(&plan);
    let budget = budget(&plan);
    let int8 = graph.int8.then(|| int8::items(&plan));
    let parts = graph.parts.iter().map(|part| self::part(&plan, part));
    quote! {
        #parameters
        #rows
        #workspace
        #model
        #inherent
        #report
        #blocks
        #assertions
        #budget
        #int8
        #(#parts)*
    }
}

/// The items of a part, and which heads of the whole it has.
fn part(plan: &Plan<'_>, part: &Part) -> TokenStream {
    let (mtl, graph) = (plan.mtl, crate::part::graph(plan.graph, part));
    let (items, name, heads) = (model(&graph, mtl), &part.name, part.heads.0);
    let (generics, whole, own) = (plan.impl_generics(), plan.model_type(), plan.with_scalar(name));
    let int8 = graph.int8.then(|| {
        let (parameters, arguments) = (plan.generic_parameters(), plan.generic_arguments());
        let (whole, own) = (format_ident!("{}Int8", plan.graph.name), format_ident!("{name}Int8"));
        quote! {
            impl<#parameters> #mtl::__private::embed::PartOf<#heads> for #whole<#arguments> { type Part = #own<#arguments>; }
        }
    });
    quote! {
        #items
        impl<#generics> #mtl::__private::embed::PartOf<#heads> for #whole { type Part = #own; }
        #int8
    }
}

fn implementation(plan: &Plan<'_>) -> TokenStream {
    let (mtl, scalar, columns) = (plan.mtl, &plan.scalar, &plan.columns);
    let (generics, model) = (plan.impl_generics(), plan.model_type());
    let (inputs, targets) = (types::inputs_type(plan), types::targets_type(plan));
    let (outputs, losses, statistics) =
        (plan.with_scalar(plan.type_name("Outputs")), plan.with_scalar(plan.type_name("Losses")), plan.with_scalar(plan.type_name("Statistics")));
    let (values, gradients, target_columns) = (
        plan.with_columns(plan.type_name("Values")),
        plan.with_columns(plan.type_name("ValueGradients")),
        plan.with_columns(plan.type_name("TargetColumns")),
    );
    let constants = constants::constants(plan);
    let (initialize, load, forward, observe) = (initialize(plan), load(plan), passes::forward(plan), passes::observe(plan));
    let (loss, backward, update_statistics) = (passes::loss(plan), passes::backward(plan), passes::update_statistics(plan));
    let (observe_normalizer, penalty) = (passes::observe_normalizer(plan), passes::penalty(plan));
    let outputs_name = plan.type_name("Outputs");
    let heads = plan.graph.heads.iter().map(|head| &head.name).collect::<Vec<_>>();
    let weights = plan.graph.heads.iter().map(|head| tokens::number(&head.weight));
    let losses_name = plan.type_name("Losses");
    let reads = plan.graph.heads.iter().map(|head| passes::read_head(plan, head));
    let spoiled = passes::spoiled(plan);
    quote! {
        #[automatically_derived]
        #[allow(unused_variables, unused_mut, clippy::all, clippy::pedantic)]
        impl<#generics> #mtl::__private::Model for #model {
            type Scalar = #scalar;
            type Inputs = #inputs;
            type Outputs = #outputs;
            type Targets = #targets;
            type Losses = #losses;
            type Values<const #columns: usize> = #values;
            type ValueGradients<const #columns: usize> = #gradients;
            type TargetColumns<const #columns: usize> = #target_columns;
            type Statistics = #statistics;

            #constants
            #initialize

            fn loss_weights() -> Self::Losses {
                #losses_name { #(#heads: <#scalar as #mtl::__private::Scalar>::from_f64(#weights)),* }
            }

            #load
            #forward
            #observe
            #loss
            #backward
            #update_statistics
            #observe_normalizer
            #penalty

            #[inline(always)]
            fn outputs<const #columns: usize>(values: &#values, column: usize) -> Self::Outputs {
                #outputs_name { #(#heads: #reads),* }
            }

            #spoiled
        }
    }
}

fn initialize(plan: &Plan<'_>) -> TokenStream {
    let (mtl, scalar, imports) = (plan.mtl, &plan.scalar, Paths::imports(plan.mtl));
    let runtime = &plan.local.layer;
    let layers = plan.graph.blocks.iter().flat_map(|block| block.layers.iter().map(move |layer| (block, layer))).map(|(block, layer)| {
        let (block_name, name) = (&block.name, &layer.name);
        let field = quote!(&mut self.#block_name.#name);
        match &layer.operation {
            Operation::BatchNorm { momentum, epsilon } => {
                let (width, momentum, epsilon) = (plan.argument(&layer.output), tokens::number(momentum), tokens::number(epsilon));
                quote!(#runtime::BatchNorm::<#width>::new(#momentum, #epsilon).initialize(#field);)
            }
            Operation::Embedding { classes, units } => {
                let (classes, units) = (plan.argument(classes), plan.argument(units));
                quote!(#runtime::Embedding::<#classes, #units>::new().initialize(#field, rng);)
            }
            Operation::Recurrent(recurrent) => {
                let value = tokens::recurrent(recurrent, mtl, &plan.local);
                quote!(#value.initialize(#field, rng);)
            }
            Operation::CrossStitch { number, initial, .. } => {
                let initial = tokens::number(initial);
                quote!(#runtime::cross_stitch::initialize(#initial, #number, #field);)
            }
            operation => tokens::descriptor(operation, &layer.input, mtl, &plan.local).map_or_else(TokenStream::new, |descriptor| {
                let (kind, value, input, output) = (descriptor.kind, descriptor.value, plan.argument(&layer.input), plan.argument(&layer.output));
                if matches!(operation, Operation::Custom(_)) {
                    quote!(<#kind as #runtime::Layer<#input, #output, #scalar>>::initialize(&#value, #field, rng);)
                } else {
                    quote!(#runtime::Layer::<#input, #output, #scalar>::initialize(&#value, #field, rng);)
                }
            }),
        }
    });
    quote! {
        fn initialize<R: #mtl::__private::rand::Rng + ?::core::marker::Sized>(&mut self, rng: &mut R) {
            #imports
            #(#layers)*
        }
    }
}

fn load(plan: &Plan<'_>) -> TokenStream {
    let (mtl, scalar, columns, graph) = (plan.mtl, &plan.scalar, &plan.columns, plan.graph);
    let (values, target_columns) = (plan.with_columns(plan.type_name("Values")), plan.with_columns(plan.type_name("TargetColumns")));
    let inputs = graph.inputs.iter().enumerate().map(|(number, input)| {
        let field = plan.value_field(input.value);
        match &input.kind {
            InputKind::Real(_) => quote!(#mtl::__private::model::load_real(row, #number, &mut values.#field[column]);),
            InputKind::Class(_) => quote!(#mtl::__private::model::load_class(row, #number, &mut values.#field[column]);),
        }
    });
    let targets = graph.heads.iter().enumerate().map(|(number, head)| {
        let (field, target) = (format_ident!("t{number}"), types::target_type(plan, head));
        let present = head.partial.then(|| {
            let present = format_ident!("p{number}");
            quote!(targets.#present[column] = target.is_some();)
        });
        quote! {
            let target = <#target as #mtl::__private::loss::Target<#scalar>>::from_record(row, #number);
            #present
            targets.#field[column] = target.unwrap_or_else(#mtl::__private::flat::zeroed);
        }
    });
    let checks = graph.heads.iter().enumerate().map(|(number, head)| {
        let (kind, value) = types::loss(plan, head, types::ClassWeights::Declared);
        let (target, outputs) = (types::target_type(plan, head), plan.argument(&head.outputs));
        quote! {
            if let ::core::option::Option::Some(target) = <#target as #mtl::__private::loss::Target<#scalar>>::from_record(row, #number) {
                if let ::core::result::Result::Err(error) = <#kind as #mtl::__private::loss::Loss<#outputs, #scalar>>::check(&#value, &target) {
                    return ::core::result::Result::Err((#number, error));
                }
            }
        }
    });
    quote! {
        #[inline(always)]
        fn load_inputs<const #columns: usize, D: #mtl::__private::model::Record<#scalar>>(values: &mut #values, column: usize, row: &D) {
            #(#inputs)*
        }
        #[inline(always)]
        fn load_targets<const #columns: usize, D: #mtl::__private::model::Record<#scalar>>(targets: &mut #target_columns, column: usize, row: &D) {
            #(#targets)*
        }
        fn check_targets<D: #mtl::__private::model::Record<#scalar>>(row: &D) -> ::core::result::Result<(), (usize, #mtl::__private::loss::TargetError)> {
            #(#checks)*
            ::core::result::Result::Ok(())
        }
    }
}

/// The methods that users call without importing a trait.
fn inherent(plan: &Plan<'_>) -> TokenStream {
    let (mtl, scalar, graph) = (plan.mtl, &plan.scalar, plan.graph);
    let (visibility, generics, model) = (&graph.visibility, plan.impl_generics(), plan.model_type());
    let (inputs, outputs) = (types::inputs_type(plan), plan.with_scalar(plan.type_name("Outputs")));
    let private = quote!(#mtl::__private);
    let (fold, rule) = (fold::methods(plan), rule_of_invalid_inputs());
    let predict_heads = graph.heads.iter().enumerate().map(|(number, head)| {
        let (name, length) = (format_ident!("predict_{}", constants::plain(&head.name), span = head.name.span()), plan.argument(&head.outputs));
        let (read, doc) =
            (passes::read_head(plan, head), format!("Predicts `{}` for one row of inputs; computes only what this head needs.", head.name));
        let (set, rule) = (1u64 << number, rule_of_invalid_inputs());
        quote! {
            #[doc = #doc]
            #rule
            #[must_use]
            #visibility fn #name(&self, inputs: &#inputs) -> #private::nalgebra::SVector<#scalar, #length> {
                #private::pass::predict::<Self, #set, _>(self, inputs, #[inline(always)] |values, spoiled| {
                    let column = 0usize;
                    let mut output = #read;
                    if !spoiled.is_empty() { output.fill(<#scalar as #private::Scalar>::from_f64(::core::f64::NAN)); }
                    output
                })
            }
        }
    });
    quote! {
        #[allow(dead_code, clippy::all, clippy::pedantic)]
        impl<#generics> #model {
            /// A model with freshly drawn parameters. For a large one prefer `boxed`, which never puts it on the stack.
            #[must_use]
            #visibility fn new<R: #private::rand::Rng + ?::core::marker::Sized>(rng: &mut R) -> Self {
                let mut model: Self = #private::flat::zeroed();
                #private::Model::initialize(&mut model, rng);
                model
            }

            #private::with_std! {
                /// A model with freshly drawn parameters, built in place on the heap.
                #[must_use]
                #visibility fn boxed<R: #private::rand::Rng + ?::core::marker::Sized>(rng: &mut R) -> #private::Box<Self> {
                    let mut model: #private::Box<Self> = #private::flat::zeroed_box();
                    #private::Model::initialize(&mut *model, rng);
                    model
                }
            }

            /// Predicts every head for one row of inputs.
            #rule
            #[must_use]
            #visibility fn predict(&self, inputs: &#inputs) -> #outputs {
                #private::pass::predict::<Self, { u64::MAX }, _>(
                    self,
                    inputs,
                    #[inline(always)] |values, spoiled| #private::pass::outputs::<Self, 1>(values, 0, spoiled),
                )
            }

            /// Predicts every head for one row of inputs that `check` of the inputs finds nothing wrong with.
            ///
            /// # Errors
            ///
            /// The first input that the model cannot have been trained with: a number that is not finite, or a class that there is not.
            #visibility fn try_predict(&self, inputs: &#inputs) -> ::core::result::Result<#outputs, #private::model::InputError> {
                inputs.check()?;
                ::core::result::Result::Ok(self.predict(inputs))
            }

            /// Predicts every head for many rows of inputs, through the memory of one tile: `outputs[i]` for `inputs[i]`.
            #rule
            ///
            /// # Errors
            ///
            /// Where there are not as many outputs as inputs; nothing is predicted then.
            #visibility fn predict_batch<const __COLUMNS: usize>(
                &self,
                inputs: &[#inputs],
                outputs: &mut [#outputs],
                tile: &mut #private::pass::Tile<Self, __COLUMNS>,
            ) -> ::core::result::Result<(), #private::pass::PassError> {
                #private::pass::predict_batch(self, inputs, outputs, tile)
            }

            #(#predict_heads)*

            #fold
        }

        /// The summary: every layer with its output shape, parameters, multiply-adds and what it takes.
        #[automatically_derived]
        impl<#generics> ::core::fmt::Display for #model {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #private::summary::write::<Self>(formatter)
            }
        }
    }
}

/// What the docs of everything that predicts say of inputs that no data set takes.
pub(super) fn rule_of_invalid_inputs() -> TokenStream {
    quote! {
        ///
        /// An input that the model cannot have been trained with (a number that is NaN or infinite, a class that there is not) makes all outputs of
        /// every head NaN that depends on it; `try_predict` and `check` of the inputs say which it is.
    }
}

/// Equalities that only const evaluation can decide, reported by `cargo check` at the user's token.
fn assertions(plan: &Plan<'_>) -> TokenStream {
    let declared = plan.graph.assertions.iter().map(|assertion| {
        let (left, right, message) = (plan.size(&assertion.left), plan.size(&assertion.right), &assertion.message);
        let mtl = located(plan.mtl, assertion.span);
        let check = match assertion.relation {
            Relation::Equal => format_ident!("sizes_are_equal", span = assertion.span),
            Relation::AtLeast => format_ident!("size_is_at_least", span = assertion.span),
        };
        quote::quote_spanned!(assertion.span=> const _: () = #mtl::__private::check::#check(#left, #right, #message);)
    });
    let numbers = plan.graph.numbers.iter().map(|assertion| number_assertion(plan, assertion));
    let own = if plan.graph.stands_in { quote!() } else { own::assertions(plan.graph, plan.mtl) };
    quote!(#(#declared)* #(#numbers)* #own)
}

fn number_assertion(plan: &Plan<'_>, assertion: &NumberAssertion) -> TokenStream {
    let (span, message, mtl) = (assertion.span, &assertion.message, located(plan.mtl, assertion.span));
    match &assertion.claim {
        Claim::InRange(tokens, range) => {
            let (number, check) = (tokens::number(&Number::Expression(tokens.clone())), format_ident!("number_is_in_range", span = span));
            let bound = |value: f64, included: bool| {
                let value = if value.is_finite() { tokens::number(&Number::Literal(value)) } else { quote!(::core::f64::INFINITY) };
                quote!((#value, #included))
            };
            let (low, high) = (bound(range.low, range.low_included), bound(range.high, range.high_included));
            quote::quote_spanned!(span=> const _: () = #mtl::__private::check::#check(#number, #low, #high, #message);)
        }
        Claim::NotAllZero(numbers) => {
            let (numbers, check) = (numbers.iter().map(tokens::number), format_ident!("numbers_are_not_all_zero", span = span));
            quote::quote_spanned!(span=> const _: () = #mtl::__private::check::#check(&[#(#numbers),*], #message);)
        }
    }
}

/// The budget, reported by `cargo check` at the bound that is broken, with what each block costs.
fn budget(plan: &Plan<'_>) -> TokenStream {
    let name = &plan.graph.name;
    plan.graph
        .budget
        .iter()
        .map(|bound| {
            let (cost, mtl) = (format_ident!("{}", bound.cost), located(plan.mtl, bound.span));
            let check = format_ident!("keep", span = bound.span);
            let limit = match &bound.limit {
                Limit::Literal(limit) => quote!(#limit),
                Limit::Constant(tokens, factor) => {
                    let tokens = &tokens.0;
                    quote!((#tokens) as u64 * #factor)
                }
            };
            quote::quote_spanned!(bound.span=> const _: () = #mtl::__private::budget::#check::<#name>(#mtl::__private::budget::Cost::#cost, #limit);)
        })
        .collect()
}
