//! The fields of the struct: a part for every step that has something to know, and how it is set.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::case::plain;
use crate::graph::{Node, ValueId};
use crate::step::int8::{Part, Parts};

use super::super::fold;
use super::form::{Form, ScaleKind, form_of};

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
        let (plan, output, sizes) = (self.plan, node.outputs[0], self.graph().sizes(node));
        let affine = fold::affine(plan, node, &quote!(__parameters));
        let parts = Parts {
            emit: plan.emit(),
            items: plan.emit_absolute(),
            int8: self.int8(),
            sizes: &sizes,
            how: self.how(node),
            number,
            path: self.path(number),
            slot: plan.slot(node),
            from: node.inputs.iter().map(|&input| self.scale(input)).collect(),
            to: self.scale(output),
            from_each: node.inputs.iter().map(|&input| self.scales(input)).collect(),
            to_each: self.scales(output),
            before: self.range_before_activation(number),
            is_joined: matches!(self.scales[self.range[output]], ScaleKind::Joined(_)),
            taken: plan.taken(node),
            affine,
        };
        form_of(node).map_or_else(Vec::new, |form| form.parts(&parts))
    }
}
