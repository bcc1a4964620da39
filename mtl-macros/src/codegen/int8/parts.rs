//! The fields of the struct: a part for every step that has something to know, and how it is set.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::case::plain;
use crate::emit::size::number as real_number;
use crate::function::Function;
use crate::graph::{Node, ValueId};
use crate::size;
use crate::step::Operation;
use crate::step::convolution::Convolution;
use crate::step::dense::Dense;
use crate::step::merge::Merge;
use crate::step::pool::Pooling;
use crate::step::window::Placed;

use super::super::fold;
use super::form::{Bound, Form, ScaleKind};

/// A field of the struct.
pub(super) struct Part {
    pub(super) field: Ident,
    pub(super) kind: TokenStream,
    /// What the names of its tensors begin with.
    pub(super) path: String,
    /// How it is set from `float` and the scales.
    pub(super) set: TokenStream,
}

impl Form<'_, '_> {
    /// How the parts are made.
    pub(super) fn parts(&self) -> Vec<Part> {
        let (graph, int8) = (self.graph(), self.int8());
        let mut parts = Vec::new();
        for value in self.quantized() {
            let (field, scales, channels) = (format_ident!("q{value}"), self.scales(value), self.channels_of(value));
            let name = graph.inputs.iter().find(|input| input.value == value).map(|input| plain(&input.name));
            let name = name.unwrap_or_else(|| graph.values[value].label.clone());
            parts.push(Part {
                set: quote!(#int8::Quantizer::set(&mut self.#field, #scales);),
                field,
                kind: quote!(#int8::Quantizer<#channels>),
                path: format!("{name}.quantize."),
            });
        }
        for (number, node) in self.steps().filter(|&(number, _)| self.lead(number) == number) {
            parts.extend(self.parts_of(number, node));
        }
        for value in (0..graph.values.len()).filter(|&value| self.same[value] == value && self.is_dequantized(value)) {
            let (field, scales, channels) = (format_ident!("d{value}"), self.scales(value), self.channels_of(value));
            parts.push(Part {
                set: quote!(#int8::Dequantizer::set(&mut self.#field, #scales);),
                field,
                kind: quote!(#int8::Dequantizer<#channels>),
                path: format!("{}.dequantize.", graph.values[value].label),
            });
        }
        parts
    }

    pub(super) fn int8(&self) -> TokenStream {
        let mtl = self.plan.mtl;
        quote!(#mtl::__private::int8)
    }

    /// The real values that become bytes: inputs, and what was computed of them in `f32`.
    pub(super) fn quantized(&self) -> Vec<ValueId> {
        let graph = self.graph();
        let is_quantized = |value: ValueId| {
            let is_input = graph.inputs.iter().any(|input| input.value == value) && !self.is_class(value);
            (is_input || self.early[value]) && self.is_taken(value)
        };
        (0..graph.values.len()).filter(|&value| self.same[value] == value && is_quantized(value)).collect()
    }

    /// The scales of a value in bytes, as `set` has them.
    fn scales(&self, value: ValueId) -> TokenStream {
        let number = self.range[self.same[value]];
        quote!(&__scales[#number])
    }

    /// The scale of a value that has one for all its rows.
    fn scale(&self, value: ValueId) -> TokenStream {
        let (int8, number) = (self.int8(), self.range[self.same[value]]);
        quote!(#int8::Scales::common(&__scales[#number]))
    }

    /// How many scales a value has.
    pub(super) fn channels_of(&self, value: ValueId) -> TokenStream {
        match &self.scales[self.range[value]] {
            ScaleKind::Unused | ScaleKind::Common => quote!(1usize),
            ScaleKind::OneZero(dim) | ScaleKind::Free(dim) => self.plan.argument(dim),
            ScaleKind::Joined(_) => self.plan.width(value),
        }
    }

    /// A window as a constant.
    pub(super) fn window(&self, window: &Placed) -> TokenStream {
        let window = window.tokens(&self.plan.emit_absolute());
        quote!(const { #window })
    }

    pub(super) fn activation(&self, function: &Function) -> TokenStream {
        self.plan.emit_absolute().function(function)
    }

    /// Names of tensors are distinct: of the uses of one `layer` those after the first have a number.
    pub(super) fn path(&self, number: usize) -> String {
        let graph = self.graph();
        let path = &graph.nodes[number].path;
        match graph.nodes[..number].iter().filter(|other| other.path == *path).count() {
            0 => format!("{path}."),
            before => format!("{path}.{}.", before + 1),
        }
    }

    pub(super) fn parts_of(&self, number: usize, node: &Node) -> Vec<Part> {
        let (plan, int8) = (self.plan, self.int8());
        let (field, path, output) = (format_ident!("p{number}"), self.path(number), node.outputs[0]);
        let slot = plan.slot(node);
        let (from, to) = (node.inputs.iter().map(|&input| self.scale(input)).collect::<Vec<_>>(), self.scale(output));
        let (from_each, to_each) = (node.inputs.iter().map(|&input| self.scales(input)).collect::<Vec<_>>(), self.scales(output));
        let width = plan.width(output);
        let count = node.inputs.len();
        let sizes = self.graph().sizes(node);
        let one = |kind: TokenStream, set: TokenStream| vec![Part { field: field.clone(), kind, path: path.clone(), set }];
        match &node.operation {
            Operation::LayerNorm(norm) if self.early[output] => {
                let (taken, epsilon) = (plan.taken(node), real_number(&norm.epsilon));
                one(quote!(#int8::RealLayerNorm<#taken>), quote!(#int8::RealLayerNorm::set(&mut self.#field, &__float.#slot, #epsilon);))
            }
            Operation::Normalize(_) | Operation::BatchNorm(_) if self.early[output] => {
                let (channels, affine) = (plan.taken(node), fold::affine(plan, node, &quote!(__parameters)));
                let set = quote!(let mut __parameters = __float.#slot; let __affine = #affine; #int8::RealAffine::set(&mut self.#field, &__affine););
                one(quote!(#int8::RealAffine<#channels>), set)
            }
            _ if self.early[output] => Vec::new(),
            Operation::Dense(_) if self.real[output] => {
                let input = plan.width(node.inputs[0]);
                one(
                    quote!(#int8::DenseToReals<#input, #width>),
                    quote!(#int8::DenseToReals::set(&mut self.#field, &__float.#slot, #(#from_each)*, ::core::option::Option::as_ref(&__fits[#number]));),
                )
            }
            Operation::Dense(Dense(weighted)) | Operation::Convolution(Convolution { weighted, .. }) => {
                let function = &weighted.function;
                let (name, kind) = if let Operation::Convolution(convolution) = &node.operation {
                    let (patch, filters) = (plan.argument(&convolution.window(&sizes).patch()), plan.argument(sizes.units()));
                    (quote!(#int8::Convolution), quote!(#int8::Convolution<#patch, #filters>))
                } else {
                    let input = plan.width(node.inputs[0]);
                    (quote!(#int8::Dense), quote!(#int8::Dense<#input, #width>))
                };
                let fit = matches!(node.operation, Operation::Dense(_)).then(|| quote!(, ::core::option::Option::as_ref(&__fits[#number])));
                if let Some(bound) = Bound::of(function) {
                    let bound = bound.tokens();
                    return one(kind, quote!(#name::set(&mut self.#field, &__float.#slot, #int8::Bound::#bound, #(#from_each)*, #to_each #fit);));
                }
                let (table, function, before) = (format_ident!("t{number}"), self.activation(function), self.range_before_activation(number));
                let mut parts = one(
                    kind,
                    quote! {
                        let __function = <#function as __activation::Activation>::value::<::core::primitive::f64>;
                        let __before = #int8::Scale::trimmed(&#int8::Scales::common(&__scales[#before]), __function, #to.step);
                        #name::set(&mut self.#field, &__float.#slot, #int8::Bound::None, #(#from_each)*, &<#int8::Scales as ::core::convert::From<#int8::Scale>>::from(__before) #fit);
                        #int8::Table::set(&mut self.#table, __function, __before, #to);
                    },
                );
                parts.push(Part { field: table, kind: quote!(#int8::Table), path: format!("{path}activation."), set: quote!() });
                parts
            }
            Operation::Activation(_) | Operation::Softmax(_) if self.real[output] => Vec::new(),
            Operation::Activation(activation) => {
                let function = self.activation(&activation.0);
                one(
                    quote!(#int8::Table),
                    quote!(#int8::Table::set(&mut self.#field, <#function as __activation::Activation>::value::<::core::primitive::f64>, #(#from)*, #to);),
                )
            }
            Operation::Softmax(_) => one(quote!(#int8::Softmax), quote!(#int8::Softmax::set(&mut self.#field, #(#from)*);)),
            Operation::Normalize(_) | Operation::BatchNorm(_) => {
                let (channels, affine) = (plan.taken(node), fold::affine(plan, node, &quote!(__parameters)));
                let parameters = quote!(let mut __parameters = __float.#slot; let __affine = #affine;);
                if self.edge(node).is_some() {
                    one(quote!(#int8::Normalizer<#channels>), quote!(#parameters #int8::Normalizer::set(&mut self.#field, &__affine, #to_each);))
                } else {
                    one(
                        quote!(#int8::Combination<#channels, 1>),
                        quote!(#parameters #int8::Combination::set_affine(&mut self.#field, &__affine, #(#from_each)*, #to_each);),
                    )
                }
            }
            Operation::Merge(Merge::Add) => {
                one(quote!(#int8::Combination<1, #count>), quote!(#int8::Combination::set_sum(&mut self.#field, 1.0, [#(#from),*], #to);))
            }
            Operation::Merge(Merge::Average) => one(
                quote!(#int8::Combination<1, #count>),
                quote!(#int8::Combination::set_sum(&mut self.#field, 1.0 / #count as ::core::primitive::f64, [#(#from),*], #to);),
            ),
            Operation::CrossStitch(stitch) => {
                let channels = plan.argument(&stitch.channels(&sizes));
                one(
                    quote!(#int8::Combination<#channels, #count>),
                    quote!(#int8::Combination::set_cross_stitch(&mut self.#field, &__float.#slot, [#(#from_each),*], #to_each);),
                )
            }
            Operation::Merge(Merge::Multiply) => {
                one(quote!(#int8::Product<#count>), quote!(#int8::Product::set(&mut self.#field, [#(#from),*], #to);))
            }
            Operation::Merge(Merge::Maximum) => {
                one(quote!(#int8::Maximum<#count>), quote!(#int8::Maximum::set(&mut self.#field, [#(#from),*], #to);))
            }
            Operation::Mixture(mixture) => {
                let experts = mixture.experts;
                let experts_from = &from[1..];
                one(quote!(#int8::Mixture<#experts>), quote!(#int8::Mixture::set(&mut self.#field, [#(#experts_from),*], #to);))
            }
            Operation::Concat(_) => (0..count)
                .map(|part| {
                    let (field, from) = (format_ident!("p{number}_{part}"), &from_each[part]);
                    let is_joined = matches!(self.scales[self.range[output]], ScaleKind::Joined(_));
                    let to = if is_joined { quote!(::core::option::Option::None) } else { quote!(::core::option::Option::Some(#to)) };
                    let set = quote!(#int8::Combination::set_place(&mut self.#field, #from, #to););
                    Part { field, kind: quote!(#int8::Combination<1, 1>), path: format!("{path}{part}."), set }
                })
                .collect(),
            Operation::Embedding(_) => {
                let (classes, units) = (plan.argument(sizes.classes()), plan.argument(sizes.units()));
                one(quote!(#int8::EmbeddingTable<#classes, #units>), quote!(#int8::EmbeddingTable::set(&mut self.#field, &__float.#slot, #to_each);))
            }
            Operation::OneHot(_) => one(quote!(#int8::ClassTable), quote!(#int8::ClassTable::set(&mut self.#field, #to);)),
            Operation::LayerNorm(norm) => {
                let (taken, epsilon) = (plan.taken(node), real_number(&norm.epsilon));
                one(quote!(#int8::LayerNorm<#taken>), quote!(#int8::LayerNorm::set(&mut self.#field, &__float.#slot, #epsilon, #(#from)*, #to_each);))
            }
            Operation::Pool(pool) => match pool.pooling {
                Pooling::Max => Vec::new(),
                Pooling::Average => {
                    let window = pool.window(&sizes);
                    // One number of pixels, or any that padding leaves.
                    let counts = if window.padded { plan.argument(&size::product(&window.size)) } else { quote!(1usize) };
                    let window = self.window(&window);
                    one(quote!(#int8::AveragePool<#counts>), quote!(#int8::AveragePool::set(&mut self.#field, &#window, #(#from)*, #to);))
                }
            },
            Operation::Recurrent(recurrent) => {
                let of = recurrent.sizes(&sizes);
                let [features, units, gates] = [of.features, of.units, &of.rows].map(|dim| plan.argument(dim));
                one(
                    quote!(#int8::Recurrent<#features, #units, #gates>),
                    quote!(#int8::Recurrent::set(&mut self.#field, &__float.#slot, #(#from_each)*, #to);),
                )
            }
            // The first three do nothing, and the check of `#[int8]` does not let the last one through.
            Operation::Dropout(_) | Operation::GaussianNoise(_) | Operation::Reshape(_) | Operation::Own(_) => Vec::new(),
        }
    }
}
