//! From the graph to Rust: the structs, and calls into the runtime.
//!
//! What depends on the graph is generated; what depends on a layer is a function of the runtime. Every path is
//! absolute: `::core::…`, or through the facade as it is called where the model stands.

mod casing;
mod columns;
mod constants;
mod fold;
mod freezing;
mod hygiene;
mod inputs;
mod int8;
mod names;
mod own;
mod passes;
mod plan;
mod report;
mod summary;
#[cfg(test)]
mod tests;
mod types;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::assertion::{Claim, NumberAssertion, Relation};
use crate::case;
use crate::emit::own::located;
use crate::emit::size::number;
use crate::graph::{Form, Graph, InputKind, Limit, Mention, Part};
use crate::named_sizes::NamedSizes;
use crate::number::Number;
use plan::Plan;

pub(crate) use hygiene::{is_kept, type_suffixes, words};

/// Items of a model: the types stand where it is declared, what has a body stands apart from what is in scope there ([`hygiene`]).
#[derive(Default)]
struct Items {
    types: TokenStream,
    bodies: TokenStream,
}

impl FromIterator<Items> for Items {
    fn from_iter<I: IntoIterator<Item = Items>>(items: I) -> Self {
        items.into_iter().fold(Items::default(), |mut all, next| {
            all.types.extend(next.types);
            all.bodies.extend(next.bodies);
            all
        })
    }
}

/// All items of a model. `mtl` is the path of the facade.
pub(crate) fn model(graph: &Graph, mtl: &TokenStream) -> TokenStream {
    let plan = Plan::new(graph, mtl);
    let bodies = |bodies: TokenStream| Items { types: TokenStream::new(), bodies };
    let items = [
        named_sizes(&plan),
        types::parameters(&plan),
        types::rows(&plan),
        types::workspace(&plan),
        bodies(implementation(&plan)),
        bodies(inherent(&plan)),
        bodies(mentions(&plan)),
        report::report(&plan),
        names::blocks(&plan),
        names::heads(&plan),
        if graph.int8 { int8::items(&plan) } else { Items::default() },
    ];
    let Items { types, bodies } = items.into_iter().collect();
    let types = casing::warned_once(types, &graph.name);
    let (imports, assertions, budget) = (hygiene::imports(&plan), assertions(&plan), budget(&plan));
    let parts = graph.parts.iter().map(|part| self::part(&plan, part));
    quote! {
        #types
        const _: () = {
            #imports
            #bodies
        };
        #assertions
        #budget
        #(#parts)*
    }
}

/// What an editor follows from a name in a flow to its declaration. Nothing calls it.
fn mentions(plan: &Plan<'_>) -> TokenStream {
    let (mtl, graph) = (plan.mtl, plan.graph);
    if graph.mentions.is_empty() {
        return TokenStream::new();
    }
    let (generics, model, inputs) = (plan.impl_generics(), plan.model_type(), types::inputs_type(plan));
    let mentions = graph.mentions.iter().filter_map(|mention| match mention {
        Mention::Input(name) if graph.inputs.iter().any(|input| input.name == *name) => Some(quote!(let _ = &__row.#name;)),
        Mention::Block(name) if graph.blocks.iter().any(|block| block.name == *name) => Some(quote!(let _ = &__parameters.#name;)),
        Mention::Loss(name) => Some(quote!(use #mtl::__private::loss::#name as _;)),
        Mention::Input(_) | Mention::Block(_) => None,
    });
    quote! {
        #[allow(unused, clippy::all, clippy::pedantic)]
        fn __mentioned<#generics>(__parameters: &#model, __row: &#inputs) {
            #(#mentions)*
        }
    }
}

/// The user's constants.
fn named_sizes(plan: &Plan<'_>) -> Items {
    let (graph, NamedSizes { owner, sizes }) = (plan.graph, &plan.graph.named_sizes);
    if sizes.is_empty() {
        return Items::default();
    }
    let (visibility, doc) = (&graph.visibility, format!("The sizes that the declaration of [`{}`] takes from constants.", graph.name));
    let consts = sizes.iter().map(|(name, written)| {
        let (doc, written) = (format!("`{}`", crate::text::tokens(&written.0)), &written.0);
        quote!(#[doc = #doc] #visibility const #name: ::core::primitive::usize = #written;)
    });
    let types = quote! {
        #[doc = #doc]
        #visibility enum #owner {}
        #[allow(dead_code, non_upper_case_globals, arithmetic_overflow, clippy::all, clippy::pedantic)]
        impl #owner { #(#consts)* }
    };
    Items { types, bodies: TokenStream::new() }
}

/// The items of a part, and which heads of the whole it has.
fn part(plan: &Plan<'_>, part: &Part) -> TokenStream {
    let (mtl, graph) = (plan.mtl, crate::part::graph(plan.graph, part));
    let (items, name, heads) = (model(&graph, mtl), &part.name, part.heads.0);
    let (generics, whole, own) = (plan.impl_generics(), plan.model_type(), plan.with_scalar(name));
    let int8 = graph.int8.then(|| {
        let (parameters, arguments) = (plan.generic_parameters(), plan.generic_arguments());
        let (whole, own) = (format_ident!("{}Int8", plan.graph.name, span = plan.graph.keyword), format_ident!("{name}Int8"));
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
    let weights = plan.graph.heads.iter().map(|head| number(&head.weight));
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
            type Values<const #columns: ::core::primitive::usize> = #values;
            type ValueGradients<const #columns: ::core::primitive::usize> = #gradients;
            type TargetColumns<const #columns: ::core::primitive::usize> = #target_columns;
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
            fn outputs<const #columns: ::core::primitive::usize>(__values: &#values, __column: ::core::primitive::usize) -> Self::Outputs {
                #outputs_name { #(#heads: #reads),* }
            }

            #spoiled
        }
    }
}

fn initialize(plan: &Plan<'_>) -> TokenStream {
    let (mtl, rng) = (plan.mtl, plan.free("rng"));
    let layers = plan.graph.blocks.iter().flat_map(|block| block.layers.iter().map(move |layer| (block, layer))).map(|(block, layer)| {
        let (block_name, name) = (&block.name, &layer.name);
        let seen = if layer.operation.is_along_channels() { layer.sizes.along_channels() } else { layer.sizes.clone() };
        layer.operation.initialize(&seen, &quote!(&mut self.#block_name.#name), &rng, &plan.emit())
    });
    quote! {
        fn initialize<__R: #mtl::__private::rand::Rng + ?::core::marker::Sized>(&mut self, #rng: &mut __R) {
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
            InputKind::Real(_) => quote!(__model::load_real(__row, #number, &mut __values.#field[__column]);),
            InputKind::Class(_) => quote!(__model::load_class(__row, #number, &mut __values.#field[__column]);),
        }
    });
    let targets = graph.heads.iter().enumerate().map(|(number, head)| {
        let (field, target) = (format_ident!("t{number}"), types::target_type(plan, head));
        let present = head.partial.then(|| {
            let present = format_ident!("p{number}");
            quote!(__targets.#present[__column] = ::core::option::Option::is_some(&__target);)
        });
        quote! {
            let __target = <#target as #mtl::__private::loss::Target<#scalar>>::from_record(__row, #number);
            #present
            __targets.#field[__column] = ::core::option::Option::unwrap_or_else(__target, #mtl::__private::flat::zeroed);
        }
    });
    let checks = graph.heads.iter().enumerate().map(|(number, head)| {
        let (kind, value) = types::loss(plan, head, types::ClassWeights::Declared);
        let (target, outputs) = (types::target_type(plan, head), plan.argument(&head.outputs));
        quote! {
            if let ::core::option::Option::Some(__target) = <#target as #mtl::__private::loss::Target<#scalar>>::from_record(__row, #number) {
                if let ::core::result::Result::Err(__error) = <#kind as #mtl::__private::loss::Loss<#outputs, #scalar>>::check(&#value, &__target) {
                    return ::core::result::Result::Err((#number, __error));
                }
            }
        }
    });
    let forgets = graph.inputs.iter().enumerate().filter_map(|(number, input)| {
        let unknown = |kind: &TokenStream| columns::of_category(plan, kind, "UNKNOWN");
        let unknown = match (&input.form, &input.kind) {
            (Form::Listed { name, categories, .. }, _) if categories.has_unknown => unknown(&quote!(#name)),
            (Form::Category(path), _) => unknown(&path.0),
            (Form::ClassOrUnknown, InputKind::Class(classes)) => {
                let classes = plan.size(classes);
                quote!(::core::option::Option::Some(#classes - 1))
            }
            (Form::Listed { .. } | Form::Plain | Form::ClassOrUnknown | Form::Columns { .. }, _) => return None,
        };
        let field = plan.value_field(input.value);
        Some(quote! {
            if let ::core::option::Option::Some(__number) = #unknown {
                if __forgets(#number) {
                    __values.#field[__column] = __number as ::core::primitive::u32;
                }
            }
        })
    });
    let forgets = forgets.collect::<Vec<_>>();
    let forget = (!forgets.is_empty()).then(|| {
        quote! {
            #[inline(always)]
            fn forget<const #columns: ::core::primitive::usize>(
                __values: &mut #values,
                __column: ::core::primitive::usize,
                mut __forgets: impl ::core::ops::FnMut(::core::primitive::usize) -> ::core::primitive::bool,
            ) {
                #(#forgets)*
            }
        }
    });
    quote! {
        #forget
        #[inline(always)]
        fn load_inputs<const #columns: ::core::primitive::usize, __D: #mtl::__private::model::Record<#scalar>>(__values: &mut #values, __column: ::core::primitive::usize, __row: &__D) {
            #(#inputs)*
        }
        #[inline(always)]
        fn load_targets<const #columns: ::core::primitive::usize, __D: #mtl::__private::model::Record<#scalar>>(
            __targets: &mut #target_columns,
            __column: ::core::primitive::usize,
            __row: &__D,
        ) {
            #(#targets)*
        }
        fn check_targets<__D: #mtl::__private::model::Record<#scalar>>(__row: &__D) -> ::core::result::Result<(), (::core::primitive::usize, #mtl::__private::loss::TargetError)> {
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
    let [rng, r, given, written, tile, own] = ["rng", "R", "inputs", "outputs", "tile", "model"].map(|name| plan.free(name));
    let predict_heads = graph.heads.iter().enumerate().map(|(number, head)| {
        let name = format_ident!("predict_{}", case::plain(&head.name), span = head.name.span());
        let (output, nothing) = (types::output_type(plan, head, &quote!(#scalar)), types::no_output(plan, head));
        let (read, doc) =
            (passes::read_head(plan, head), format!("Predicts `{}` for one row of inputs; computes only what this head needs.", head.name));
        let (set, rule) = (1u64 << number, rule_of_invalid_inputs());
        quote! {
            #[doc = #doc]
            #rule
            #[must_use]
            #visibility fn #name(&self, #given: &#inputs) -> #output {
                #private::pass::predict::<Self, #set, _>(self, #given, #[inline(always)] |__values, __spoiled| {
                    let __column = 0usize;
                    let mut __output = #read;
                    if !__model::HeadSet::is_empty(__spoiled) {
                        __output = #nothing;
                    }
                    __output
                })
            }
        }
    });
    quote! {
        #[allow(dead_code, clippy::all, clippy::pedantic)]
        impl<#generics> #model {
            /// A model with freshly drawn parameters, from a seed or a generator of random numbers. For a large one prefer `boxed`, which
            /// never puts it on the stack.
            #[must_use]
            #visibility fn new<#r: #private::init::Draws>(#rng: #r) -> Self {
                let mut #own: Self = #private::flat::zeroed();
                #private::init::Draws::draw(#rng, |__from| #private::Model::initialize(&mut #own, __from));
                #own
            }

            #private::with_std! {
                /// A model with freshly drawn parameters, built in place on the heap.
                #[must_use]
                #visibility fn boxed<#r: #private::init::Draws>(#rng: #r) -> #private::Box<Self> {
                    let mut #own: #private::Box<Self> = #private::flat::zeroed_box();
                    #private::init::Draws::draw(#rng, |__from| #private::Model::initialize(&mut *#own, __from));
                    #own
                }
            }

            /// Predicts every head for one row of inputs.
            #rule
            #[must_use]
            #visibility fn predict(&self, #given: &#inputs) -> #outputs {
                #private::pass::predict::<Self, { ::core::primitive::u64::MAX }, _>(
                    self,
                    #given,
                    #[inline(always)] |__values, __spoiled| #private::pass::outputs::<Self, 1>(__values, 0, __spoiled),
                )
            }

            /// Predicts every head for one row of inputs that `check` of the inputs finds nothing wrong with.
            ///
            /// # Errors
            ///
            /// The first input that the model cannot have been trained with: a number that is not finite, or a class that there is not.
            #visibility fn try_predict(&self, #given: &#inputs) -> ::core::result::Result<#outputs, #private::model::InputError> {
                <#inputs>::check(#given)?;
                ::core::result::Result::Ok(Self::predict(self, #given))
            }

            /// Predicts every head for many rows of inputs, through the memory of one tile: `outputs[i]` for `inputs[i]`.
            #rule
            ///
            /// # Errors
            ///
            /// Where there are not as many outputs as inputs; nothing is predicted then.
            #visibility fn predict_batch<const __COLUMNS: ::core::primitive::usize>(
                &self,
                #given: &[#inputs],
                #written: &mut [#outputs],
                #tile: &mut #private::pass::Tile<Self, { __COLUMNS }>,
            ) -> ::core::result::Result<(), #private::pass::PassError> {
                #private::pass::predict_batch(self, #given, #written, #tile)
            }

            #(#predict_heads)*

            #fold
        }

        /// The summary: every layer with its output shape, parameters, multiply-adds and what it takes.
        #[automatically_derived]
        impl<#generics> ::core::fmt::Display for #model {
            fn fmt(&self, __formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #private::summary::write::<Self>(__formatter)
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
            let (value, check) = (number(&Number::Expression(tokens.clone())), format_ident!("number_is_in_range", span = span));
            let bound = |value: f64, included: bool| {
                let value = if value.is_finite() { number(&Number::Literal(value)) } else { quote!(::core::f64::INFINITY) };
                quote!((#value, #included))
            };
            let (low, high) = (bound(range.low, range.low_included), bound(range.high, range.high_included));
            quote::quote_spanned!(span=> const _: () = #mtl::__private::check::#check(#value, #low, #high, #message);)
        }
        Claim::NotAllZero(numbers) => {
            let (numbers, check) = (numbers.iter().map(number), format_ident!("numbers_are_not_all_zero", span = span));
            quote::quote_spanned!(span=> const _: () = #mtl::__private::check::#check(&[#(#numbers),*], #message);)
        }
    }
}

/// The budget, reported by `cargo check` at the bound that is broken, with what each block costs.
fn budget(plan: &Plan<'_>) -> TokenStream {
    let name = plan.own_name();
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
                    quote!((#tokens) as ::core::primitive::u64 * #factor)
                }
            };
            quote::quote_spanned!(bound.span=> const _: () = #mtl::__private::budget::#check::<#name>(#mtl::__private::budget::Cost::#cost, #limit);)
        })
        .collect()
}
