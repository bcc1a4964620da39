//! The form of a model in eight bits: `PatientInt8`.
//!
//! Values are bytes but where the model begins and where heads end: there they are `f32`. What is the identity when predicting vanishes, and so does a
//! normalisation that its neighbour takes in.

mod form;
mod parts;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::case::plain;
use crate::graph::{Ending, Head, Input, InputKind, Node, ValueId};
use crate::step::Sizes;
use crate::step::int8::{Bound, Call, Observed, Part, bytes, class, low, real};

use super::Items;
use super::fold;
use super::inputs;
use super::plan::Plan;
use super::types;
use form::{Form, ScaleKind, form_of, has_low};

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
        for value in self.bytes().into_iter().filter(|&value| self.maker_of_low(value).is_some()) {
            let width = plan.width(value);
            value_fields.push(low(value));
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
        let (plan, mtl, int8) = (self.plan, self.plan.mtl, self.int8());
        let (parameters, own, values, float) = (plan.generic_parameters(), self.own(""), self.own("Values"), self.float(&plan.own_name()));
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
        let stack = self.steps().map(|(number, node)| self.stack(number, node));
        quote! {
            #[automatically_derived]
            impl<#parameters> #mtl::__private::weights::Stored for #own {
                const NAME: &'static ::core::primitive::str = #name;
                const INPUTS: &'static [#mtl::__private::model::InputInfo] = <#float as #mtl::__private::Model>::INPUTS;
                const HEADS: &'static [#mtl::__private::model::HeadInfo] = <#float as #mtl::__private::Model>::HEADS;
                const LAYERS: &'static [#mtl::__private::model::LayerInfo] = <#float as #mtl::__private::Model>::LAYERS;
                const TENSORS: #mtl::__private::weights::Tensors = #mtl::__private::weights::Tensors::Parts(&[#(#infos),*]);
            }

            #[automatically_derived]
            #[allow(unused_variables, unused_mut, clippy::all, clippy::pedantic)]
            impl<#parameters> #int8::Int8Model for #own {
                type Float = #float;
                type Values = #values;
                const STEPS: &'static [::core::primitive::usize] = &[#(#stack),*];
                #forward
                #ends
                #mtl::__private::with_std! { #training }
            }
        }
    }

    /// `Int8Model::forward`.
    fn forward(&self) -> TokenStream {
        let (plan, graph) = (self.plan, self.graph());
        let inputs = graph.inputs.iter().enumerate().map(|(number, input)| plan.guarded(graph.values[input.value].heads, self.load(number, input)));
        let steps = self.steps().map(|(number, node)| {
            let (step, output) = (self.step(number, node), node.outputs[0]);
            let more = if self.early[output] { self.quantize(output) } else { self.dequantized(output) };
            plan.guarded(node.heads, quote!(#step #more))
        });
        // A head ends in NaN where one of its inputs says nothing; ends that heads share depend on the same inputs.
        let ends = graph.heads.iter().enumerate().map(|(number, head)| {
            let (field, set) = (real(self.same[head.value]), 1_u64 << number);
            quote!(if __model::HeadSet::intersects(__heads, __model::HeadSet(__unknown & #set)) { __values.#field = [::core::primitive::f32::NAN; _]; })
        });
        quote! {
            #[inline(always)]
            fn forward<__D: __model::Record<::core::primitive::f32>>(&self, __heads: __model::HeadSet, __row: &__D, __values: &mut Self::Values) {
                let mut __unknown = 0u64;
                #(#inputs)*
                #(#steps)*
                if __unknown != 0 { #(#ends)* }
            }
        }
    }

    /// Takes an input from the row: its class, its bytes, and its numbers, as far as they are needed; notes the heads that cannot be known from it.
    fn load(&self, number: usize, input: &Input) -> TokenStream {
        let (int8, heads) = (self.int8(), self.graph().values[input.value].heads.0);
        if let InputKind::Class(classes) = &input.kind {
            let (field, classes) = (class(input.value), self.plan.size(classes));
            return quote! {
                __model::load_class(__row, #number, &mut __values.#field);
                if __values.#field as ::core::primitive::usize >= #classes { __unknown |= #heads; }
            };
        }
        if let Some(optional) = inputs::optional(input) {
            // What takes it fills in, from real numbers.
            let field = real(input.value);
            return if self.early[input.value] {
                quote! {
                    __model::load_real(__row, #number, &mut __values.#field);
                    if !__model::all_known(&__values.#field, &[#(#optional),*]) { __unknown |= #heads; }
                }
            } else {
                TokenStream::new()
            };
        }
        let numbers = real_input(number);
        let mut steps = quote!(let __numbers = #numbers; if #int8::has_not_finite(__numbers) { __unknown |= #heads; });
        if self.early[input.value] {
            let field = real(input.value);
            steps.extend(quote!(#int8::load_reals(__numbers, &mut __values.#field);));
        }
        if self.is_taken(input.value) {
            let (part, field) = (format_ident!("q{}", input.value), bytes(input.value));
            steps.extend(quote!(#int8::Quantizer::forward(&self.#part, __numbers, &mut __values.#field);));
        }
        steps.extend(self.dequantized(input.value));
        steps
    }

    /// The bytes of a value that was computed in `f32`, where they are needed.
    fn quantize(&self, value: ValueId) -> Option<TokenStream> {
        self.is_taken(value).then(|| {
            let (part, from, to, int8) = (format_ident!("q{value}"), real(value), bytes(value), self.int8());
            quote!(#int8::Quantizer::forward(&self.#part, &__values.#from, &mut __values.#to);)
        })
    }

    /// What a value in bytes stands for, where that is needed.
    fn dequantized(&self, value: ValueId) -> Option<TokenStream> {
        self.is_dequantized(value).then(|| {
            let (part, from, to, int8) = (format_ident!("d{value}"), bytes(value), real(value), self.int8());
            quote!(#int8::Dequantizer::forward(&self.#part, &__values.#from, &mut __values.#to);)
        })
    }

    fn step(&self, number: usize, node: &Node) -> TokenStream {
        let sizes = self.graph().sizes(node);
        form_of(node).map_or_else(TokenStream::new, |form| form.forward(&self.call(number, node, &sizes)))
    }

    /// What the call of a step is made of.
    fn call<'a>(&'a self, number: usize, node: &Node, sizes: &'a Sizes) -> Call<'a> {
        let (plan, output) = (self.plan, node.outputs[0]);
        let makes_low = !self.early[output] && !self.real[output] && self.maker_of_low(output).is_some();
        Call {
            emit: plan.emit(),
            items: plan.emit_absolute(),
            int8: self.int8(),
            sizes,
            how: self.how(node),
            number,
            lead: self.lead(number),
            inputs: node.inputs.iter().map(|&input| self.same[input]).collect(),
            output,
            from_low: if has_low(node) { self.low_of(self.input(node)) } else { None },
            to_low: makes_low.then(|| low(output)),
            offsets: super::passes::offsets(plan, node),
        }
    }

    /// The low bytes of a value, if there are any, for a step that takes them.
    fn low_of(&self, value: ValueId) -> Option<TokenStream> {
        let (int8, maker) = (self.int8(), self.maker_of_low(value)?);
        let (part, low) = (format_ident!("p{maker}"), low(value));
        let kind = if has_low(&self.graph().nodes[maker]) { quote!(Dense) } else { quote!(Normalizer) };
        Some(quote!(if #int8::#kind::gives_low(&self.#part) { ::core::option::Option::Some(&__values.#low) } else { ::core::option::Option::None }))
    }

    /// What a step works with on the stack, in bytes.
    fn stack(&self, number: usize, node: &Node) -> TokenStream {
        let sizes = self.graph().sizes(node);
        form_of(node).map_or_else(|| quote!(0), |form| form.stack(&self.call(number, node, &sizes)))
    }

    /// `Int8Model::copy_ends`.
    fn ends(&self) -> TokenStream {
        let (mtl, columns) = (self.plan.mtl, &self.plan.columns);
        let copies = self.graph().heads.iter().map(|head| {
            let (to, from) = (self.plan.value_field(head.value), real(self.same[head.value]));
            let units = self.graph().standardizer(head).map(|(number, node)| {
                let (to, from) = (self.plan.value_field(node.inputs[0]), real(self.same[node.inputs[0]]));
                let (units, part, int8) = (format_ident!("c{number}"), format_ident!("p{number}"), self.int8());
                quote!(__to.#to[__column] = __values.#from; __to.#units[__column] = #int8::Standardizer::units(&self.#part);)
            });
            quote!(__to.#to[__column] = __values.#from; #units)
        });
        quote! {
            #[inline(always)]
            fn copy_ends<const #columns: ::core::primitive::usize>(
                &self,
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
        let ranges = self.range_infos();
        let probabilities =
            graph.heads.iter().enumerate().filter(|(_, head)| head.ending != Ending::Identity).fold(0_u64, |set, (number, _)| set | 1 << number);
        let does_something = |node: &Node| self.same[node.outputs[0]] == node.outputs[0];
        let dense = graph.nodes.iter().enumerate().map(|(number, node)| {
            let is_first = has_low(node) && self.lead(number) == number && does_something(node);
            if is_first { plan.size(&graph.values[node.inputs[0]].size) } else { quote!(0) }
        });
        let moments = self.steps().filter(|(_, node)| has_low(node)).map(|(number, node)| {
            let (input, lead, float) = (self.input(node), self.lead(number), plan.value_field(node.inputs[0]));
            let (from, range) = (bytes(input), self.range[input]);
            let low = self.low_of(input).map_or_else(
                || quote!(::core::option::Option::None),
                |low| {
                    quote!(match #low {
                        ::core::option::Option::Some(__low) => ::core::option::Option::Some(&__low[..]),
                        ::core::option::Option::None => ::core::option::Option::None,
                    })
                },
            );
            quote!(if __number == #lead { #int8::Moments::observe(__moments, &__values.#from, #low, &__float.#float[__column], &__scales[#range]); })
        });
        let outputs = graph.heads.iter().enumerate().map(|(number, head)| {
            let read = self.read(head);
            let values = types::output_values(plan, head, &quote!(::core::primitive::f32), &quote!(&#read));
            quote!(__take(#number, #values);)
        });
        let float_outputs = graph.heads.iter().enumerate().map(|(number, head)| {
            let name = &head.name;
            let values = types::output_values(plan, head, &quote!(::core::primitive::f32), &quote!(&__outputs.#name));
            quote!(__take(#number, #values);)
        });
        let fields = parts.iter().enumerate().map(|(number, part)| {
            let field = &part.field;
            quote!(#number => ::core::option::Option::Some(&self.#field),)
        });
        let folds = fold::steps(plan, &self.folds, &quote!(__float));
        let sets = parts.iter().map(|part| &part.set);
        let own = self.bytes().into_iter().filter(|&value| !matches!(self.scales[self.range[value]], ScaleKind::Joined(_)));
        let observed = own.map(|value| {
            let (number, field) = (self.range[value], plan.value_field(value));
            quote!(#int8::Range::observe(&mut __ranges[#number], <[_]>::as_flattened(&__values.#field[..__columns]));)
        });
        let more = self.steps().filter(|(_, node)| !self.real[node.outputs[0]]).filter_map(|(number, node)| {
            let sizes = graph.sizes(node);
            form_of(node)?.observe(&Observed {
                items: plan.emit_absolute(),
                int8: self.int8(),
                sizes: &sizes,
                number,
                range: self.range[node.outputs[0]],
                before: self.range_before_activation(number),
                slot: plan.slot(node),
                from: plan.value_field(node.inputs[0]),
            })
        });
        quote! {
            const PROBABILITIES: __model::HeadSet = __model::HeadSet(#probabilities);
            const RANGES: &'static [#int8::RangeInfo] = &[#(#ranges),*];
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
            const DENSE: &'static [::core::primitive::usize] = &[#(#dense),*];
            fn observe_moments<const #columns: ::core::primitive::usize>(
                &self,
                __number: ::core::primitive::usize,
                __values: &Self::Values,
                __float: &<Self::Float as #mtl::__private::Model>::Values<{ #columns }>,
                __column: ::core::primitive::usize,
                __scales: &[#int8::Scales],
                __moments: &mut #int8::Moments,
            ) {
                #(#moments)*
            }
            fn set(&mut self, __float: &Self::Float, __scales: &[#int8::Scales], __fits: &[::core::option::Option<#int8::Fit>]) {
                #(#sets)*
            }
            fn each_output(__values: &Self::Values, mut __take: impl ::core::ops::FnMut(::core::primitive::usize, &[::core::primitive::f32])) {
                #(#outputs)*
            }
            fn each_float_output<const #columns: ::core::primitive::usize>(
                __values: &<Self::Float as #mtl::__private::Model>::Values<{ #columns }>,
                __column: ::core::primitive::usize,
                mut __take: impl ::core::ops::FnMut(::core::primitive::usize, &[::core::primitive::f32]),
            ) {
                let __outputs = <Self::Float as #mtl::__private::Model>::outputs(__values, __column);
                #(#float_outputs)*
            }
        }
    }

    /// What `Int8Model::RANGES` says of every range: of values, and of what layers give before an activation.
    fn range_infos(&self) -> Vec<TokenStream> {
        let (plan, int8, graph) = (self.plan, self.int8(), self.graph());
        let bytes = self.bytes();
        let info = |name: &str, channels: TokenStream, kind: TokenStream, low: bool| quote!(#int8::RangeInfo { name: #name, channels: #channels, kind: #int8::RangeKind::#kind, may_have_low: #low });
        let of_values = self.scales.iter().enumerate().map(|(range, scales)| {
            let (name, low) =
                (&graph.values[range].label, bytes.iter().any(|&value| self.range[value] == range && self.maker_of_low(value).is_some()));
            match scales {
                ScaleKind::Unused => info(name, quote!(1), quote!(Unused), low),
                ScaleKind::Common => info(name, quote!(1), quote!(Common), low),
                ScaleKind::OneZero(dim) => info(name, plan.size(dim), quote!(OneZero), low),
                ScaleKind::Free(dim) => info(name, plan.size(dim), quote!(Free), low),
                ScaleKind::Joined(concat) => {
                    let parts = graph.nodes[*concat].inputs.iter().map(|&input| {
                        let (part, rows) = (self.range[self.same[input]], plan.size(&graph.values[input].size));
                        quote!((#part, #rows))
                    });
                    info(name, quote!(1), quote!(Joined(&[#(#parts),*])), low)
                }
            }
        });
        let before = graph.nodes.iter().enumerate().map(|(number, node)| {
            let has_table = node.operation.weighted().is_some_and(|weighted| Bound::of(&weighted.function).is_none());
            let is_used = has_table && !self.real[node.outputs[0]] && self.lead(number) == number;
            info(&format!("{} before its activation", node.path), quote!(1), if is_used { quote!(Common) } else { quote!(Unused) }, false)
        });
        of_values.chain(before).collect()
    }

    fn inherent(&self) -> TokenStream {
        let (plan, graph) = (self.plan, self.graph());
        let (mtl, int8, visibility) = (plan.mtl, self.int8(), &graph.visibility);
        let (parameters, own, row, float) = (plan.generic_parameters(), self.own(""), self.row_type(), self.float(&plan.own_name()));
        let rule = super::rule_of_invalid_inputs();
        let (outputs_name, outputs) = (plan.type_name("Outputs"), self.float(&plan.type_name("Outputs")));
        let [given, written, model, dataset] = ["inputs", "outputs", "model", "dataset"].map(|name| plan.free(name));
        let names = graph.heads.iter().map(|head| &head.name);
        let reads = graph.heads.iter().map(|head| self.read(head));
        let heads = graph.heads.iter().enumerate().map(|(number, head)| {
            let name = format_ident!("predict_{}", plain(&head.name), span = head.name.span());
            let (output, read, set) = (types::output_type(plan, head, &quote!(::core::primitive::f32)), self.read(head), 1_u64 << number);
            let doc = format!("Predicts `{}` for one row of inputs; computes only what this head needs.", head.name);
            quote! {
                #[doc = #doc]
                #rule
                #[must_use]
                #visibility fn #name(&self, #given: &#row) -> #output {
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
                    /// Beside the model there is a report: the error of each head against `f32`, the tensors that cost most, and warnings of outputs that
                    /// are not near enough. `Calibration` has settings.
                    ///
                    /// # Errors
                    ///
                    /// Where there are no rows, or values are not finite.
                    #visibility fn quantize(
                        #model: &#float,
                        #dataset: &#mtl::__private::data::Dataset<#float>,
                    ) -> ::core::result::Result<#int8::Quantized<Self>, #int8::QuantizeError> {
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
                #rule
                #[must_use]
                #visibility fn predict(&self, #given: &#row) -> #outputs {
                    #int8::predict::<Self, { ::core::primitive::u64::MAX }, _, _>(self, #given, #[inline(always)] |__values| #outputs_name { #(#names: #reads),* })
                }

                /// As `predict`, of inputs that are valid.
                ///
                /// # Errors
                ///
                /// The first input that the model cannot have been trained with: a number that is not finite, or a class that there is not.
                #visibility fn try_predict(&self, #given: &#row) -> ::core::result::Result<#outputs, #mtl::__private::model::InputError> {
                    <#row>::check(#given)?;
                    ::core::result::Result::Ok(Self::predict(self, #given))
                }

                /// Predicts every head for many rows of inputs: `outputs[i]` for `inputs[i]`.
                #rule
                ///
                /// # Errors
                ///
                /// Where there are not as many outputs as inputs; nothing is predicted then.
                #visibility fn predict_batch(
                    &self,
                    #given: &[#row],
                    #written: &mut [#outputs],
                ) -> ::core::result::Result<(), #mtl::__private::pass::PassError> {
                    #mtl::__private::pass::check_lengths(#given, #written)?;
                    for (__row, __output) in ::core::iter::zip(#given, #written) {
                        *__output = Self::predict(self, __row);
                    }
                    ::core::result::Result::Ok(())
                }

                #(#heads)*
            }
        }
    }

    /// What a head predicts.
    fn read(&self, head: &Head) -> TokenStream {
        let (mtl, field) = (self.plan.mtl, real(self.same[head.value]));
        let value = match head.ending {
            Ending::Identity => quote!(__values.#field),
            Ending::Softmax => quote!(#mtl::__private::layer::softmax(&__values.#field)),
            Ending::Sigmoid => quote!(#mtl::__private::layer::sigmoid(&__values.#field)),
        };
        types::output(self.plan, head, &quote!(::core::primitive::f32), &value)
    }
}

/// The numbers of a real input.
fn real_input(number: usize) -> TokenStream {
    quote!(::core::option::Option::unwrap_or(__model::Record::<::core::primitive::f32>::real(__row, #number), &[]))
}
