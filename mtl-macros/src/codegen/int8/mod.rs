//! The form of a model in eight bits: `PatientInt8`.
//!
//! Values are bytes but where the model begins and where heads end. What is the identity when predicting vanishes, and so does a
//! normalisation that its neighbour takes in.

mod form;
mod parts;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::case::plain;
use crate::graph::{Activation, Ending, Head, InputKind, Node, Operation, Pooling, ValueId};

use super::Items;
use super::fold;
use super::plan::Plan;
use super::tokens;
use form::Form;
use parts::{Part, is_bound};

/// The struct, its implementation of `Int8Model` and its methods.
pub(super) fn items(plan: &Plan<'_>) -> Items {
    let form = Form::new(plan);
    let parts = form.parts();
    let (implementation, inherent) = (form.implementation(&parts), form.inherent());
    [form.structs(&parts), Items { types: TokenStream::new(), bodies: quote!(#implementation #inherent) }].into_iter().collect()
}

impl Form<'_, '_> {
    /// `Patient<FEATURES, f32>`, and other types that are generic over the scalar.
    fn float(&self, name: &Ident) -> TokenStream {
        let arguments = self.plan.generic_arguments();
        quote!(#name<#arguments ::core::primitive::f32>)
    }

    fn row_type(&self) -> TokenStream {
        let (name, arguments) = (self.plan.type_name("Inputs"), self.plan.generic_arguments());
        if self.graph().inputs.iter().any(|input| matches!(input.kind, InputKind::Real(_))) { self.float(&name) } else { quote!(#name<#arguments>) }
    }

    /// `PatientInt8<FEATURES>`.
    fn own(&self, suffix: &str) -> TokenStream {
        let (name, arguments) = (self.plan.type_name(&format!("Int8{suffix}")), self.plan.generic_arguments());
        quote!(#name<#arguments>)
    }

    fn structs(&self, parts: &[Part]) -> Items {
        let (plan, mtl, graph) = (self.plan, self.plan.mtl, self.graph());
        let (visibility, declarations, parameters) = (&graph.visibility, plan.generic_declarations(), plan.generic_parameters());
        let (name, values_name) = (plan.type_name("Int8"), plan.type_name("Int8Values"));
        let (own, values) = (self.own(""), self.own("Values"));
        let (fields, kinds) = (parts.iter().map(|part| &part.field).collect::<Vec<_>>(), parts.iter().map(|part| &part.kind).collect::<Vec<_>>());
        let mut value_fields = Vec::new();
        let mut value_types = Vec::new();
        for value in self.bytes() {
            let width = plan.width(value);
            value_fields.push(bytes(value));
            value_types.push(quote!([::core::primitive::u8; #width]));
        }
        for value in self.reals() {
            let width = plan.width(value);
            value_fields.push(real(value));
            value_types.push(quote!([::core::primitive::f32; #width]));
        }
        for input in graph.inputs.iter().filter(|input| self.is_class(input.value)) {
            value_fields.push(class(input.value));
            value_types.push(quote!(::core::primitive::u32));
        }
        let doc = format!("[`{}`] in eight bits: weights and activations in bytes, whole numbers between the inputs and the heads.", graph.name);
        let types = quote! {
            #[doc = #doc]
            #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq)]
            #[repr(C)]
            #visibility struct #name<#declarations> { #(#fields: #kinds,)* }

            #[doc(hidden)]
            #visibility struct #values_name<#parameters> { #(#value_fields: #value_types,)* }
        };
        let bodies = quote! {
            #mtl::__private::any_bits!([#parameters] #own as #name { #(#fields: #kinds),* });
            #mtl::__private::zeroable!([#parameters] #values as #values_name { #(#value_fields: #value_types),* });
        };
        Items { types, bodies }
    }

    fn implementation(&self, parts: &[Part]) -> TokenStream {
        let (plan, mtl, int8, graph) = (self.plan, self.plan.mtl, self.int8(), self.graph());
        let (parameters, own, values, float) = (plan.generic_parameters(), self.own(""), self.own("Values"), self.float(&graph.name));
        let name = plan.type_name("Int8").to_string();
        let infos = parts.iter().map(|part| {
            let (field, kind, path) = (&part.field, &part.kind, &part.path);
            quote! {
                #mtl::__private::weights::PartInfo {
                    path: #path, offset: ::core::mem::offset_of!(Self, #field), tensors: <#kind as #int8::Part>::TENSORS,
                }
            }
        });
        let (forward, ends, training) = (self.forward(), self.ends(), self.training(parts));
        quote! {
            #[automatically_derived]
            impl<#parameters> #mtl::__private::weights::Stored for #own {
                const NAME: &'static ::core::primitive::str = #name;
                const HEADS: &'static [#mtl::__private::model::HeadInfo] = <#float as #mtl::__private::Model>::HEADS;
                const LAYERS: &'static [#mtl::__private::model::LayerInfo] = <#float as #mtl::__private::Model>::LAYERS;
                const TENSORS: #mtl::__private::weights::Tensors = #mtl::__private::weights::Tensors::Parts(&[#(#infos),*]);
            }

            #[automatically_derived]
            #[allow(unused_variables, unused_mut, clippy::all, clippy::pedantic)]
            impl<#parameters> #int8::Int8Model for #own {
                type Float = #float;
                type Values = #values;
                #forward
                #ends
                #mtl::__private::with_std! { #training }
            }
        }
    }

    /// `Int8Model::forward`.
    fn forward(&self) -> TokenStream {
        let (plan, graph) = (self.plan, self.graph());
        let inputs = graph.inputs.iter().enumerate().map(|(number, input)| {
            let heads = graph.values[input.value].heads;
            if self.is_class(input.value) {
                let field = class(input.value);
                return plan.guarded(heads, quote!(__model::load_class(__row, #number, &mut __values.#field);));
            }
            if !self.is_taken(input.value) {
                return quote!();
            }
            let (part, field) = (format_ident!("q{}", input.value), bytes(input.value));
            let (step, read) = (self.quantized(&part, number, &field), self.dequantized(input.value));
            plan.guarded(heads, quote!(#step #read))
        });
        let steps = self.steps().map(|(number, node)| {
            let (step, read) = (self.step(number, node), self.dequantized(node.outputs[0]));
            plan.guarded(node.heads, quote!(#step #read))
        });
        quote! {
            #[inline(always)]
            fn forward<__D: __model::Record<::core::primitive::f32>>(&self, __heads: __model::HeadSet, __row: &__D, __values: &mut Self::Values) {
                #(#inputs)*
                #(#steps)*
            }
        }
    }

    /// What a value in bytes stands for, where that is needed.
    fn dequantized(&self, value: ValueId) -> Option<TokenStream> {
        self.is_dequantized(value).then(|| {
            let (part, from, to, int8) = (format_ident!("d{value}"), bytes(value), real(value), self.int8());
            quote!(#int8::Dequantizer::forward(&self.#part, &__values.#from, &mut __values.#to);)
        })
    }

    /// A real input into bytes.
    fn quantized(&self, part: &Ident, input: usize, to: &Ident) -> TokenStream {
        let int8 = self.int8();
        quote! {
            #int8::Quantizer::forward(
                &self.#part,
                ::core::option::Option::unwrap_or(__model::Record::<::core::primitive::f32>::real(__row, #input), &[]),
                &mut __values.#to,
            );
        }
    }

    fn step(&self, number: usize, node: &Node) -> TokenStream {
        let (plan, int8) = (self.plan, self.int8());
        let (output, part) = (node.outputs[0], format_ident!("p{}", self.lead(number)));
        let to = bytes(output);
        let froms = node.inputs.iter().map(|&input| bytes(self.same[input])).collect::<Vec<_>>();
        match &node.operation {
            Operation::Dense { activation, .. } if self.real[output] => {
                let to = real(output);
                let function = self.activation(activation);
                let activated = (*activation != Activation::Named("Linear")).then(|| quote!(#int8::activate::<#function, _>(&mut __values.#to);));
                quote!(#int8::DenseToReals::forward(&self.#part, #(&__values.#froms)*, &mut __values.#to); #activated)
            }
            Operation::Dense { activation, .. } => {
                let table = format_ident!("t{}", self.lead(number));
                let looked_up = (!is_bound(activation)).then(|| quote!(#int8::Table::apply(&self.#table, &mut __values.#to);));
                quote!(#int8::Dense::forward(&self.#part, #(&__values.#froms)*, &mut __values.#to); #looked_up)
            }
            Operation::Convolution { activation, window, .. } => {
                let (table, window) = (format_ident!("t{}", self.lead(number)), self.window(window));
                let looked_up = (!is_bound(activation)).then(|| quote!(#int8::Table::apply(&self.#table, &mut __values.#to);));
                quote!(#int8::Convolution::forward(&self.#part, &#window, #(&__values.#froms)*, &mut __values.#to); #looked_up)
            }
            Operation::Pool { pooling, window } => {
                let (channels, window) = (plan.argument(&window.image[2]), self.window(window));
                match pooling {
                    Pooling::Max => quote!(#int8::max_pool::<#channels, _, _>(&#window, #(&__values.#froms)*, &mut __values.#to);),
                    Pooling::Average => {
                        quote!(#int8::AveragePool::forward::<#channels, _, _>(&self.#part, &#window, #(&__values.#froms)*, &mut __values.#to);)
                    }
                }
            }
            Operation::Activation(activation) if self.real[output] => {
                let (from, to, function) = (real(self.input(node)), real(output), self.activation(activation));
                quote!(__values.#to = __values.#from; #int8::activate::<#function, _>(&mut __values.#to);)
            }
            Operation::Softmax if self.real[output] => {
                let (from, to, layer) = (real(self.input(node)), real(output), &plan.local.layer);
                quote!(__values.#to = #layer::softmax(&__values.#from);)
            }
            Operation::Normalize | Operation::BatchNorm { .. } => match self.edge(node) {
                Some(input) => self.quantized(&part, input, &to),
                None => quote!(#int8::Combination::forward(&self.#part, [#(&__values.#froms),*], &mut __values.#to);),
            },
            Operation::Activation(_) => quote!(#int8::Table::forward(&self.#part, #(&__values.#froms)*, &mut __values.#to);),
            Operation::Softmax => quote!(#int8::Softmax::forward(&self.#part, #(&__values.#froms)*, &mut __values.#to);),
            Operation::LayerNorm { .. } => quote!(#int8::LayerNorm::forward(&self.#part, #(&__values.#froms)*, &mut __values.#to);),
            Operation::Add | Operation::Average | Operation::CrossStitch { .. } => {
                quote!(#int8::Combination::forward(&self.#part, [#(&__values.#froms),*], &mut __values.#to);)
            }
            Operation::Multiply => quote!(#int8::Product::forward(&self.#part, [#(&__values.#froms),*], &mut __values.#to);),
            Operation::Maximum => quote!(#int8::Maximum::forward(&self.#part, [#(&__values.#froms),*], &mut __values.#to);),
            Operation::Mixture { .. } => {
                let (gate, experts) = (&froms[0], &froms[1..]);
                quote!(#int8::Mixture::forward(&self.#part, &__values.#gate, [#(&__values.#experts),*], &mut __values.#to);)
            }
            Operation::Concat => {
                let parts = froms.iter().enumerate().map(|(part, from)| {
                    let (field, offset) = (format_ident!("p{number}_{part}"), super::passes::offset(plan, node, part));
                    quote!(#int8::Combination::place(&self.#field, &__values.#from, #offset, &mut __values.#to);)
                });
                quote!(#(#parts)*)
            }
            Operation::Embedding { .. } => {
                let from = class(self.input(node));
                quote!(#int8::EmbeddingTable::forward(&self.#part, __values.#from, &mut __values.#to);)
            }
            Operation::OneHot { .. } => {
                let from = class(self.input(node));
                quote!(#int8::ClassTable::forward(&self.#part, __values.#from, &mut __values.#to);)
            }
            Operation::Recurrent(recurrent) => {
                let cell = tokens::cell(recurrent, &plan.local);
                quote!(#int8::Recurrent::forward::<#cell, _, _>(&self.#part, #(&__values.#froms)*, &mut __values.#to);)
            }
            Operation::Dropout { .. } | Operation::GaussianNoise { .. } | Operation::Reshape | Operation::Custom(_) => quote!(),
        }
    }

    /// `Int8Model::copy_ends`.
    fn ends(&self) -> TokenStream {
        let (mtl, columns) = (self.plan.mtl, &self.plan.columns);
        let copies = self.graph().heads.iter().map(|head| {
            let (to, from) = (self.plan.value_field(head.value), real(self.same[head.value]));
            quote!(__to.#to[__column] = __values.#from;)
        });
        quote! {
            #[inline(always)]
            fn copy_ends<const #columns: ::core::primitive::usize>(
                __values: &Self::Values,
                __to: &mut <Self::Float as #mtl::__private::Model>::Values<{ #columns }>,
                __column: ::core::primitive::usize,
            ) {
                #(#copies)*
            }
        }
    }

    /// What `Int8Model` has with `std`: how the form is made, and what of it is saved.
    fn training(&self, parts: &[Part]) -> TokenStream {
        let (plan, mtl, int8, columns, graph) = (self.plan, self.plan.mtl, self.int8(), &self.plan.columns, self.graph());
        let ranges = graph.values.len() + graph.nodes.len();
        let fields = parts.iter().enumerate().map(|(number, part)| {
            let field = &part.field;
            quote!(#number => ::core::option::Option::Some(&self.#field),)
        });
        let folds = fold::steps(plan, &self.folds, &quote!(__float));
        let sets = parts.iter().map(|part| &part.set);
        let observed = self.bytes().into_iter().map(|value| {
            let (number, field) = (self.range[value], plan.value_field(value));
            quote!(#int8::Range::observe(&mut __ranges[#number], <[_]>::as_flattened(&__values.#field[..__columns]));)
        });
        let more = self.steps().filter(|(_, node)| !self.real[node.outputs[0]]).filter_map(|(number, node)| {
            let range = self.range[node.outputs[0]];
            match &node.operation {
                Operation::Dense { activation, .. } if !is_bound(activation) => {
                    let (before, slot, from) = (self.range_before_activation(number), plan.slot(node), plan.value_field(node.inputs[0]));
                    Some(quote!(#int8::Range::observe_dense(&mut __ranges[#before], &__float.#slot, &__values.#from[..__columns]);))
                }
                Operation::Convolution { activation, window, .. } if !is_bound(activation) => {
                    let (before, slot, from) = (self.range_before_activation(number), plan.slot(node), plan.value_field(node.inputs[0]));
                    let (to, window) = (plan.width(node.outputs[0]), self.window(window));
                    Some(quote! {
                        #int8::Range::observe_convolution::<_, #to, _, _, _>(
                            &mut __ranges[#before], &#window, &__float.#slot, &__values.#from[..__columns],
                        );
                    })
                }
                Operation::Recurrent(_) => {
                    let records = format_ident!("c{number}");
                    Some(quote!(#int8::Range::observe_states(&mut __ranges[#range], <[_]>::as_flattened(&__values.#records[..__columns]));))
                }
                // All that can come out, whether the data have it or not.
                Operation::OneHot { .. } | Operation::Softmax => Some(quote!(#int8::Range::include(&mut __ranges[#range], 1.0);)),
                Operation::Embedding { .. } => {
                    let slot = plan.slot(node);
                    Some(quote!(#int8::Range::observe(&mut __ranges[#range], #mtl::__private::Flat::<::core::primitive::f32>::as_slice(&__float.#slot.table));))
                }
                _ => None,
            }
        });
        quote! {
            const RANGES: ::core::primitive::usize = #ranges;
            fn part(&self, __number: ::core::primitive::usize) -> ::core::option::Option<&dyn #int8::PartBytes> {
                match __number { #(#fields)* _ => ::core::option::Option::None }
            }
            fn fold(__float: &mut Self::Float) { #(#folds)* }
            fn observe<const #columns: ::core::primitive::usize>(
                __float: &Self::Float,
                __values: &<Self::Float as #mtl::__private::Model>::Values<{ #columns }>,
                __columns: ::core::primitive::usize,
                __ranges: &mut [#int8::Range],
            ) {
                #(#observed)*
                #(#more)*
            }
            fn set(&mut self, __float: &mut Self::Float, __ranges: &[#int8::Range]) {
                let __scale = |__number: ::core::primitive::usize| #int8::Range::scale(&__ranges[__number]);
                #(#sets)*
            }
        }
    }

    fn inherent(&self) -> TokenStream {
        let (plan, graph) = (self.plan, self.graph());
        let (mtl, int8, visibility) = (plan.mtl, self.int8(), &graph.visibility);
        let (parameters, own, row, float) = (plan.generic_parameters(), self.own(""), self.row_type(), self.float(&graph.name));
        let (outputs_name, outputs) = (plan.type_name("Outputs"), self.float(&plan.type_name("Outputs")));
        let [given, written, model, dataset] = ["inputs", "outputs", "model", "dataset"].map(|name| plan.free(name));
        let names = graph.heads.iter().map(|head| &head.name);
        let reads = graph.heads.iter().map(|head| self.read(head));
        let heads = graph.heads.iter().enumerate().map(|(number, head)| {
            let name = format_ident!("predict_{}", plain(&head.name), span = head.name.span());
            let (length, read, set) = (plan.argument(&head.outputs), self.read(head), 1_u64 << number);
            let doc = format!("Predicts `{}` for one row of inputs; computes only what this head needs.", head.name);
            quote! {
                #[doc = #doc]
                #[must_use]
                #visibility fn #name(&self, #given: &#row) -> #mtl::__private::nalgebra::SVector<::core::primitive::f32, #length> {
                    #int8::predict::<Self, #set, _, _>(self, #given, #[inline(always)] |__values| #read)
                }
            }
        });
        let quantize_doc =
            format!("[`{}`] in eight bits. The data set says what values every step has: give it what the model was trained on.", graph.name);
        quote! {
            #[allow(dead_code, clippy::all, clippy::pedantic)]
            impl<#parameters> #own {
                #mtl::__private::with_std! {
                    #[doc = #quantize_doc]
                    ///
                    /// # Errors
                    ///
                    /// Where there are no rows, or values are not finite.
                    #visibility fn quantize(
                        #model: &#float,
                        #dataset: &#mtl::__private::data::Dataset<#float>,
                    ) -> ::core::result::Result<#mtl::__private::Box<Self>, #int8::QuantizeError> {
                        #int8::quantize(#model, #dataset)
                    }

                    /// Measures every head on a data set, as `evaluate` does with the model in `f32`.
                    ///
                    /// # Errors
                    ///
                    /// Where there are no rows.
                    #visibility fn evaluate(
                        &self,
                        #dataset: &#mtl::__private::data::Dataset<#float>,
                    ) -> ::core::result::Result<<#float as #mtl::__private::Evaluate>::Report, #mtl::__private::data::DataError> {
                        #int8::evaluate(self, #dataset)
                    }
                }

                /// Predicts every head for one row of inputs.
                #[must_use]
                #visibility fn predict(&self, #given: &#row) -> #outputs {
                    #int8::predict::<Self, { ::core::primitive::u64::MAX }, _, _>(self, #given, #[inline(always)] |__values| #outputs_name { #(#names: #reads),* })
                }

                /// Predicts every head for many rows of inputs: `outputs[i]` for `inputs[i]`, as far as both reach.
                #visibility fn predict_batch(&self, #given: &[#row], #written: &mut [#outputs]) {
                    for (__row, __output) in ::core::iter::zip(#given, #written) {
                        *__output = Self::predict(self, __row);
                    }
                }

                #(#heads)*
            }
        }
    }

    /// What a head predicts.
    fn read(&self, head: &Head) -> TokenStream {
        let (mtl, field, length) = (self.plan.mtl, real(self.same[head.value]), self.plan.argument(&head.outputs));
        let value = match head.ending {
            Ending::Identity => quote!(__values.#field),
            Ending::Softmax => quote!(#mtl::__private::layer::softmax(&__values.#field)),
            Ending::Sigmoid => quote!(#mtl::__private::layer::sigmoid(&__values.#field)),
        };
        let scalar = quote!(::core::primitive::f32);
        quote!(<#mtl::__private::nalgebra::SVector<#scalar, #length> as ::core::convert::From<[#scalar; #length]>>::from(#value))
    }
}

fn bytes(value: ValueId) -> Ident {
    format_ident!("b{value}")
}

fn real(value: ValueId) -> Ident {
    format_ident!("r{value}")
}

fn class(value: ValueId) -> Ident {
    format_ident!("k{value}")
}
