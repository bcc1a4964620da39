//! The form of a model in eight bits: `PatientInt8`.
//!
//! Values are bytes but where the model begins and where heads end. What is the identity when predicting vanishes, and so does a
//! normalisation that its neighbour takes in.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::graph::{Activation, Ending, Graph, Head, InputKind, Node, Operation, ValueId};

use super::constants::plain;
use super::fold;
use super::plan::Plan;
use super::tokens::{self, Paths};

/// The struct, its implementation of `Int8Model` and its methods.
pub(super) fn items(plan: &Plan<'_>) -> TokenStream {
    let form = Form::new(plan);
    let (structs, implementation, inherent) = (form.structs(), form.implementation(), form.inherent());
    quote!(#structs #implementation #inherent)
}

/// What is known of the values in this form.
struct Form<'p, 'g> {
    plan: &'p Plan<'g>,
    folds: Vec<fold::Fold>,
    /// For each value the one that it is the same as: steps that do nothing are looked through.
    same: Vec<ValueId>,
    /// For each value whether it is kept in `f32`: of those that steps make, between the last `Dense` of a head and its end.
    real: Vec<bool>,
    /// For each value the number of its range. The uses of one `layer` have the same, and so the same scales.
    range: Vec<usize>,
    parts: Vec<Part>,
}

/// A field of the struct.
struct Part {
    field: Ident,
    kind: TokenStream,
    /// What the names of its tensors begin with.
    path: String,
    /// How it is set from `float` and the scales.
    set: TokenStream,
}

impl<'p, 'g> Form<'p, 'g> {
    fn new(plan: &'p Plan<'g>) -> Self {
        let graph = plan.graph;
        let mut folds = fold::folds(graph);
        let mut same: Vec<ValueId> = (0..graph.values.len()).collect();
        // A normalisation right after an input is part of the input's quantisation: its values are nowhere in bytes before.
        folds.retain(|fold| !starts_at_an_input(graph, &graph.nodes[fold.normalization]));
        for (number, node) in graph.nodes.iter().enumerate() {
            if fold::is_identity(&node.operation) || folds.iter().any(|fold| fold.normalization == number) {
                same[node.outputs[0]] = same[node.inputs[0]];
            }
        }
        let mut form = Self { plan, folds, same, real: Vec::new(), range: Vec::new(), parts: Vec::new() };
        form.real = form.real_values();
        form.range = form.ranges();
        form.parts = form.all_parts();
        form
    }

    fn graph(&self) -> &'g Graph {
        self.plan.graph
    }

    /// The steps that do something, with their numbers.
    fn steps(&self) -> impl Iterator<Item = (usize, &'g Node)> {
        let graph = self.graph();
        graph.nodes.iter().enumerate().filter(|(_, node)| self.same[node.outputs[0]] == node.outputs[0])
    }

    fn input(&self, node: &Node) -> ValueId {
        self.same[node.inputs[0]]
    }

    /// The number of an input, if the value is one.
    fn number_of_input(&self, value: ValueId) -> Option<usize> {
        self.graph().inputs.iter().position(|input| input.value == value)
    }

    fn is_class(&self, value: ValueId) -> bool {
        self.graph().inputs.iter().any(|input| input.value == value && matches!(input.kind, InputKind::Class(_)))
    }

    /// A normalisation right after an input: the number of the input.
    fn edge(&self, node: &Node) -> Option<usize> {
        matches!(node.operation, Operation::Normalize | Operation::BatchNorm { .. }).then(|| self.number_of_input(self.input(node))).flatten()
    }

    /// The first node with the same parameters, whose part is that of all.
    fn lead(&self, number: usize) -> usize {
        let graph = self.graph();
        let node = &graph.nodes[number];
        if !is_shared(&node.operation) {
            return number;
        }
        graph.nodes.iter().position(|other| other.slot.is_some() && other.slot == node.slot).unwrap_or(number)
    }

    /// Begins with every value that may be real and takes out those that go into bytes, until nothing changes.
    fn real_values(&self) -> Vec<bool> {
        let mut real = vec![false; self.graph().values.len()];
        for (_, node) in self.steps() {
            real[node.outputs[0]] = matches!(node.operation, Operation::Dense { .. } | Operation::Activation(_) | Operation::Softmax);
        }
        loop {
            let before = real.clone();
            for (_, node) in self.steps() {
                let stays_real = matches!(node.operation, Operation::Activation(_) | Operation::Softmax) && real[node.outputs[0]];
                for &input in &node.inputs {
                    real[self.same[input]] &= stays_real;
                }
                // An activation of bytes is a table; a softmax at the end of a head is better from what they stand for.
                if matches!(node.operation, Operation::Activation(_)) && !real[self.input(node)] {
                    real[node.outputs[0]] = false;
                }
            }
            for (number, node) in self.steps() {
                let agreed = self.uses(number).iter().all(|&other| real[self.graph().nodes[other].outputs[0]]);
                real[node.outputs[0]] &= agreed;
            }
            if real == before {
                return real;
            }
        }
    }

    /// The nodes that share a part with this one, itself among them.
    fn uses(&self, number: usize) -> Vec<usize> {
        let lead = self.lead(number);
        self.steps().map(|(other, _)| other).filter(|&other| self.lead(other) == lead).collect()
    }

    fn ranges(&self) -> Vec<usize> {
        let mut range: Vec<usize> = self.same.clone();
        let mut join = |left: ValueId, right: ValueId| {
            let (left, right) = (range[left], range[right]);
            range.iter_mut().filter(|number| **number == right).for_each(|number| *number = left);
        };
        for (number, node) in self.steps() {
            let lead = &self.graph().nodes[self.lead(number)];
            join(self.input(lead), self.input(node));
            join(lead.outputs[0], node.outputs[0]);
        }
        range
    }

    /// The number of the range of what a layer gives before its activation.
    fn range_before_activation(&self, number: usize) -> usize {
        self.graph().values.len() + self.lead(number)
    }

    /// Whether steps need the value in bytes, where it is not real.
    fn is_taken(&self, value: ValueId) -> bool {
        let by_step = self.steps().any(|(_, node)| self.edge(node).is_none() && node.inputs.iter().any(|&input| self.same[input] == value));
        by_step || self.is_end(value)
    }

    fn is_end(&self, value: ValueId) -> bool {
        self.graph().heads.iter().any(|head| self.same[head.value] == value)
    }

    /// Values in bytes that are needed as real numbers too.
    fn is_dequantized(&self, value: ValueId) -> bool {
        let by_softmax =
            || self.steps().any(|(_, node)| matches!(node.operation, Operation::Softmax) && self.real[node.outputs[0]] && self.input(node) == value);
        !self.real[value] && (self.is_end(value) || by_softmax())
    }

    /// The values in bytes, inputs first.
    fn bytes(&self) -> Vec<ValueId> {
        let inputs = self.graph().inputs.iter().map(|input| input.value).filter(|&value| !self.is_class(value) && self.is_taken(value));
        inputs.chain(self.steps().map(|(_, node)| node.outputs[0]).filter(|&value| !self.real[value])).collect()
    }

    fn reals(&self) -> Vec<ValueId> {
        (0..self.graph().values.len()).filter(|&value| self.real[value] || (self.same[value] == value && self.is_dequantized(value))).collect()
    }

    /// How the parts are made.
    fn all_parts(&self) -> Vec<Part> {
        let (graph, int8) = (self.graph(), self.int8());
        let mut parts = Vec::new();
        for input in &graph.inputs {
            if !self.is_class(input.value) && self.is_taken(input.value) {
                let (field, scale) = (format_ident!("q{}", input.value), self.scale(input.value));
                parts.push(Part {
                    set: quote!(self.#field.set(#scale);),
                    field,
                    kind: quote!(#int8::Quantizer<1>),
                    path: format!("{}.quantize.", plain(&input.name)),
                });
            }
        }
        for (number, node) in self.steps().filter(|&(number, _)| self.lead(number) == number) {
            parts.extend(self.parts_of(number, node));
        }
        for value in (0..graph.values.len()).filter(|&value| self.same[value] == value && self.is_dequantized(value)) {
            let (field, scale) = (format_ident!("d{value}"), self.scale(value));
            parts.push(Part {
                set: quote!(self.#field.set(#scale);),
                field,
                kind: quote!(#int8::Dequantizer),
                path: format!("{}.dequantize.", graph.values[value].label.trim_start_matches("r#")),
            });
        }
        parts
    }

    fn int8(&self) -> TokenStream {
        let mtl = self.plan.mtl;
        quote!(#mtl::__private::int8)
    }

    /// The scale of a value in bytes, as `set` has it.
    fn scale(&self, value: ValueId) -> TokenStream {
        let number = self.range[self.same[value]];
        quote!(scale(#number))
    }

    fn activation(&self, activation: &Activation) -> TokenStream {
        tokens::activation(activation, &self.plan.paths)
    }

    /// Names of tensors are distinct: of the uses of one `layer` those after the first have a number.
    fn path(&self, number: usize) -> String {
        let graph = self.graph();
        let path = &graph.nodes[number].path;
        match graph.nodes[..number].iter().filter(|other| other.path == *path).count() {
            0 => format!("{path}."),
            before => format!("{path}.{}.", before + 1),
        }
    }

    fn parts_of(&self, number: usize, node: &Node) -> Vec<Part> {
        let (plan, int8, mtl) = (self.plan, self.int8(), self.plan.mtl);
        let (field, path, output) = (format_ident!("p{number}"), self.path(number), node.outputs[0]);
        let slot = plan.slot(node);
        let (from, to) = (node.inputs.iter().map(|&input| self.scale(input)).collect::<Vec<_>>(), self.scale(output));
        let width = plan.width(output);
        let count = node.inputs.len();
        let one = |kind: TokenStream, set: TokenStream| vec![Part { field: field.clone(), kind, path: path.clone(), set }];
        match &node.operation {
            Operation::Dense { .. } if self.real[output] => {
                let input = plan.width(node.inputs[0]);
                one(quote!(#int8::DenseToReals<#input, #width>), quote!(self.#field.set(&float.#slot, #(#from)*);))
            }
            Operation::Dense { activation, .. } => {
                let input = plan.width(node.inputs[0]);
                let kind = quote!(#int8::Dense<#input, #width>);
                if is_bound(activation) {
                    let rectified = *activation != Activation::Named("Linear");
                    return one(kind, quote!(self.#field.set(&float.#slot, #rectified, #(#from)*, #to);));
                }
                let (table, function, before) = (format_ident!("t{number}"), self.activation(activation), self.range_before_activation(number));
                let mut parts = one(
                    kind,
                    quote! {
                        let function = <#function as #mtl::__private::activation::Activation>::value::<f64>;
                        let before = ranges[#before].trimmed(function, #to.step).scale();
                        self.#field.set(&float.#slot, false, #(#from)*, before);
                        self.#table.set(function, before, #to);
                    },
                );
                parts.push(Part { field: table, kind: quote!(#int8::Table), path: format!("{path}activation."), set: quote!() });
                parts
            }
            Operation::Activation(_) | Operation::Softmax if self.real[output] => Vec::new(),
            Operation::Activation(activation) => {
                let function = self.activation(activation);
                one(
                    quote!(#int8::Table),
                    quote!(self.#field.set(<#function as #mtl::__private::activation::Activation>::value::<f64>, #(#from)*, #to);),
                )
            }
            Operation::Softmax => one(quote!(#int8::Softmax), quote!(self.#field.set(#(#from)*);)),
            Operation::Normalize | Operation::BatchNorm { .. } => {
                let affine = fold::affine(plan, node, &quote!(parameters));
                let parameters = quote!(let mut parameters = float.#slot; let affine = #affine;);
                if self.edge(node).is_some() {
                    one(quote!(#int8::Quantizer<#width>), quote!(#parameters self.#field.set_affine(&affine, #to);))
                } else {
                    one(quote!(#int8::Combination<#width, 1>), quote!(#parameters self.#field.set_affine(&affine, #(#from)*, #to);))
                }
            }
            Operation::Add => one(quote!(#int8::Combination<1, #count>), quote!(self.#field.set_sum(1.0, [#(#from),*], #to);)),
            Operation::Average => one(quote!(#int8::Combination<1, #count>), quote!(self.#field.set_sum(1.0 / #count as f64, [#(#from),*], #to);)),
            Operation::CrossStitch { channels, .. } => {
                let channels = plan.argument(channels);
                one(quote!(#int8::Combination<#channels, #count>), quote!(self.#field.set_cross_stitch(&float.#slot, [#(#from),*], #to);))
            }
            Operation::Multiply => one(quote!(#int8::Product<#count>), quote!(self.#field.set([#(#from),*], #to);)),
            Operation::Maximum => one(quote!(#int8::Maximum<#count>), quote!(self.#field.set([#(#from),*], #to);)),
            Operation::Mixture { experts } => {
                let experts_from = &from[1..];
                one(quote!(#int8::Mixture<#experts>), quote!(self.#field.set([#(#experts_from),*], #to);))
            }
            Operation::Concat => (0..count)
                .map(|part| {
                    let (field, from) = (format_ident!("p{number}_{part}"), &from[part]);
                    let set = quote!(self.#field.set_sum(1.0, [#from], #to););
                    Part { field, kind: quote!(#int8::Combination<1, 1>), path: format!("{path}{part}."), set }
                })
                .collect(),
            Operation::Embedding { classes, units } => {
                let (classes, units) = (plan.argument(classes), plan.argument(units));
                one(quote!(#int8::EmbeddingTable<#classes, #units>), quote!(self.#field.set(&float.#slot, #to);))
            }
            Operation::OneHot { .. } => one(quote!(#int8::ClassTable), quote!(self.#field.set(#to);)),
            // The check of `#[int8]` let none of these through, and the first three do nothing.
            Operation::Dropout { .. } | Operation::GaussianNoise { .. } | Operation::Reshape | Operation::LayerNorm { .. } | Operation::Custom(_) => {
                Vec::new()
            }
        }
    }

    /// `Patient<FEATURES, f32>`, and other types that are generic over the scalar.
    fn float(&self, name: &Ident) -> TokenStream {
        let arguments = self.plan.generic_arguments();
        quote!(#name<#arguments f32>)
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

    fn structs(&self) -> TokenStream {
        let (plan, mtl, graph) = (self.plan, self.plan.mtl, self.graph());
        let (visibility, declarations, parameters) = (&graph.visibility, plan.generic_declarations(), plan.generic_parameters());
        let (name, values_name) = (plan.type_name("Int8"), plan.type_name("Int8Values"));
        let (own, values) = (self.own(""), self.own("Values"));
        let (fields, kinds) =
            (self.parts.iter().map(|part| &part.field).collect::<Vec<_>>(), self.parts.iter().map(|part| &part.kind).collect::<Vec<_>>());
        let mut value_fields = Vec::new();
        let mut value_types = Vec::new();
        for value in self.bytes() {
            let width = plan.width(value);
            value_fields.push(bytes(value));
            value_types.push(quote!([u8; #width]));
        }
        for value in self.reals() {
            let width = plan.width(value);
            value_fields.push(real(value));
            value_types.push(quote!([f32; #width]));
        }
        for input in graph.inputs.iter().filter(|input| self.is_class(input.value)) {
            value_fields.push(class(input.value));
            value_types.push(quote!(u32));
        }
        let doc = format!("[`{}`] in eight bits: weights and activations in bytes, whole numbers between the inputs and the heads.", graph.name);
        quote! {
            #[doc = #doc]
            #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq)]
            #[repr(C)]
            #visibility struct #name<#declarations> { #(#fields: #kinds,)* }
            #mtl::__private::any_bits!([#parameters] #own as #name { #(#fields: #kinds),* });

            #[doc(hidden)]
            #visibility struct #values_name<#parameters> { #(#value_fields: #value_types,)* }
            #mtl::__private::zeroable!([#parameters] #values as #values_name { #(#value_fields: #value_types),* });
        }
    }

    fn implementation(&self) -> TokenStream {
        let (plan, mtl, int8, graph) = (self.plan, self.plan.mtl, self.int8(), self.graph());
        let (parameters, own, values, float) = (plan.generic_parameters(), self.own(""), self.own("Values"), self.float(&graph.name));
        let name = plan.type_name("Int8").to_string();
        let parts = self.parts.iter().map(|part| {
            let (field, kind, path) = (&part.field, &part.kind, &part.path);
            quote! {
                #mtl::__private::weights::PartInfo {
                    path: #path, offset: ::core::mem::offset_of!(Self, #field), tensors: <#kind as #int8::Part>::TENSORS,
                }
            }
        });
        let (forward, ends, training) = (self.forward(), self.ends(), self.training());
        quote! {
            #[automatically_derived]
            impl<#parameters> #mtl::__private::weights::Stored for #own {
                const NAME: &'static str = #name;
                const HEADS: &'static [#mtl::__private::model::HeadInfo] = <#float as #mtl::__private::Model>::HEADS;
                const LAYERS: &'static [#mtl::__private::model::LayerInfo] = <#float as #mtl::__private::Model>::LAYERS;
                const TENSORS: #mtl::__private::weights::Tensors = #mtl::__private::weights::Tensors::Parts(&[#(#parts),*]);
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
        let (plan, mtl, graph) = (self.plan, self.plan.mtl, self.graph());
        let imports = Paths::imports(mtl);
        let inputs = graph.inputs.iter().enumerate().map(|(number, input)| {
            let heads = graph.values[input.value].heads;
            if self.is_class(input.value) {
                let field = class(input.value);
                return plan.guarded(heads, quote!(#mtl::__private::model::load_class(row, #number, &mut values.#field);));
            }
            if !self.is_taken(input.value) {
                return quote!();
            }
            let (part, field) = (format_ident!("q{}", input.value), bytes(input.value));
            let (step, read) = (quote!(self.#part.forward(row.real(#number).unwrap_or(&[]), &mut values.#field);), self.dequantized(input.value));
            plan.guarded(heads, quote!(#step #read))
        });
        let steps = self.steps().map(|(number, node)| {
            let (step, read) = (self.step(number, node), self.dequantized(node.outputs[0]));
            plan.guarded(node.heads, quote!(#step #read))
        });
        quote! {
            #[inline(always)]
            fn forward<D: #mtl::__private::model::Record<f32>>(&self, heads: #mtl::__private::model::HeadSet, row: &D, values: &mut Self::Values) {
                #imports
                #(#inputs)*
                #(#steps)*
            }
        }
    }

    /// What a value in bytes stands for, where that is needed.
    fn dequantized(&self, value: ValueId) -> Option<TokenStream> {
        self.is_dequantized(value).then(|| {
            let (part, from, to) = (format_ident!("d{value}"), bytes(value), real(value));
            quote!(self.#part.forward(&values.#from, &mut values.#to);)
        })
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
                let activated = (*activation != Activation::Named("Linear")).then(|| quote!(#int8::activate::<#function, _>(&mut values.#to);));
                quote!(self.#part.forward(#(&values.#froms)*, &mut values.#to); #activated)
            }
            Operation::Dense { activation, .. } => {
                let table = format_ident!("t{}", self.lead(number));
                let looked_up = (!is_bound(activation)).then(|| quote!(self.#table.apply(&mut values.#to);));
                quote!(self.#part.forward(#(&values.#froms)*, &mut values.#to); #looked_up)
            }
            Operation::Activation(activation) if self.real[output] => {
                let (from, to, function) = (real(self.input(node)), real(output), self.activation(activation));
                quote!(values.#to = values.#from; #int8::activate::<#function, _>(&mut values.#to);)
            }
            Operation::Softmax if self.real[output] => {
                let (from, to, layer) = (real(self.input(node)), real(output), &plan.local.layer);
                quote!(values.#to = #layer::softmax(&values.#from);)
            }
            Operation::Normalize | Operation::BatchNorm { .. } => match self.edge(node) {
                Some(input) => quote!(self.#part.forward(row.real(#input).unwrap_or(&[]), &mut values.#to);),
                None => quote!(self.#part.forward([#(&values.#froms),*], &mut values.#to);),
            },
            Operation::Activation(_) | Operation::Softmax => quote!(self.#part.forward(#(&values.#froms)*, &mut values.#to);),
            Operation::Add | Operation::Average | Operation::CrossStitch { .. } | Operation::Multiply | Operation::Maximum => {
                quote!(self.#part.forward([#(&values.#froms),*], &mut values.#to);)
            }
            Operation::Mixture { .. } => {
                let (gate, experts) = (&froms[0], &froms[1..]);
                quote!(self.#part.forward(&values.#gate, [#(&values.#experts),*], &mut values.#to);)
            }
            Operation::Concat => {
                let parts = froms.iter().enumerate().map(|(part, from)| {
                    let (field, offset) = (format_ident!("p{number}_{part}"), super::passes::offset(plan, node, part));
                    quote!(self.#field.place(&values.#from, #offset, &mut values.#to);)
                });
                quote!(#(#parts)*)
            }
            Operation::Embedding { .. } | Operation::OneHot { .. } => {
                let from = class(self.input(node));
                quote!(self.#part.forward(values.#from, &mut values.#to);)
            }
            Operation::Dropout { .. } | Operation::GaussianNoise { .. } | Operation::Reshape | Operation::LayerNorm { .. } | Operation::Custom(_) => {
                quote!()
            }
        }
    }

    /// `Int8Model::copy_ends`.
    fn ends(&self) -> TokenStream {
        let (mtl, columns) = (self.plan.mtl, &self.plan.columns);
        let copies = self.graph().heads.iter().map(|head| {
            let (to, from) = (self.plan.value_field(head.value), real(self.same[head.value]));
            quote!(to.#to[column] = values.#from;)
        });
        quote! {
            #[inline(always)]
            fn copy_ends<const #columns: usize>(
                values: &Self::Values,
                to: &mut <Self::Float as #mtl::__private::Model>::Values<#columns>,
                column: usize,
            ) {
                #(#copies)*
            }
        }
    }

    /// What `Int8Model` has with `std`: how the form is made, and what of it is saved.
    fn training(&self) -> TokenStream {
        let (plan, mtl, int8, columns, graph) = (self.plan, self.plan.mtl, self.int8(), &self.plan.columns, self.graph());
        let ranges = graph.values.len() + graph.nodes.len();
        let parts = self.parts.iter().enumerate().map(|(number, part)| {
            let field = &part.field;
            quote!(#number => ::core::option::Option::Some(&self.#field),)
        });
        let folds = fold::steps(plan, &self.folds, &quote!(float));
        let sets = self.parts.iter().map(|part| &part.set);
        let observed = self.bytes().into_iter().map(|value| {
            let (number, field) = (self.range[value], plan.value_field(value));
            quote!(ranges[#number].observe(values.#field[..columns].as_flattened());)
        });
        let more = self.steps().filter(|(_, node)| !self.real[node.outputs[0]]).filter_map(|(number, node)| {
            let range = self.range[node.outputs[0]];
            match &node.operation {
                Operation::Dense { activation, .. } if !is_bound(activation) => {
                    let (before, slot, from) = (self.range_before_activation(number), plan.slot(node), plan.value_field(node.inputs[0]));
                    Some(quote!(ranges[#before].observe_dense(&float.#slot, &values.#from[..columns]);))
                }
                // All that can come out, whether the data have it or not.
                Operation::OneHot { .. } | Operation::Softmax => Some(quote!(ranges[#range].include(1.0);)),
                Operation::Embedding { .. } => {
                    let slot = plan.slot(node);
                    Some(quote!(ranges[#range].observe(float.#slot.table.as_slice());))
                }
                _ => None,
            }
        });
        quote! {
            const RANGES: usize = #ranges;
            fn part(&self, number: usize) -> ::core::option::Option<&dyn #int8::PartBytes> {
                match number { #(#parts)* _ => ::core::option::Option::None }
            }
            fn fold(float: &mut Self::Float) { #(#folds)* }
            fn observe<const #columns: usize>(
                float: &Self::Float,
                values: &<Self::Float as #mtl::__private::Model>::Values<#columns>,
                columns: usize,
                ranges: &mut [#int8::Range],
            ) {
                #(#observed)*
                #(#more)*
            }
            fn set(&mut self, float: &mut Self::Float, ranges: &[#int8::Range]) {
                let scale = |number: usize| ranges[number].scale();
                #(#sets)*
            }
        }
    }

    fn inherent(&self) -> TokenStream {
        let (plan, graph) = (self.plan, self.graph());
        let (mtl, int8, visibility) = (plan.mtl, self.int8(), &graph.visibility);
        let (parameters, own, row, float) = (plan.generic_parameters(), self.own(""), self.row_type(), self.float(&graph.name));
        let (outputs_name, outputs) = (plan.type_name("Outputs"), self.float(&plan.type_name("Outputs")));
        let names = graph.heads.iter().map(|head| &head.name);
        let reads = graph.heads.iter().map(|head| self.read(head));
        let heads = graph.heads.iter().enumerate().map(|(number, head)| {
            let name = format_ident!("predict_{}", plain(&head.name), span = head.name.span());
            let (length, read, set) = (plan.argument(&head.outputs), self.read(head), 1_u64 << number);
            let doc = format!("Predicts `{}` for one row of inputs; computes only what this head needs.", head.name);
            quote! {
                #[doc = #doc]
                #[must_use]
                #visibility fn #name(&self, inputs: &#row) -> #mtl::__private::nalgebra::SVector<f32, #length> {
                    #int8::predict::<Self, #set, _, _>(self, inputs, #[inline(always)] |values| #read)
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
                        model: &#float,
                        dataset: &#mtl::__private::data::Dataset<#float>,
                    ) -> ::core::result::Result<#mtl::__private::Box<Self>, #int8::QuantizeError> {
                        #int8::quantize(model, dataset)
                    }

                    /// Measures every head on a data set, as `evaluate` does with the model in `f32`.
                    ///
                    /// # Errors
                    ///
                    /// Where there are no rows.
                    #visibility fn evaluate(
                        &self,
                        dataset: &#mtl::__private::data::Dataset<#float>,
                    ) -> ::core::result::Result<<#float as #mtl::__private::Evaluate>::Report, #mtl::__private::data::DataError> {
                        #int8::evaluate(self, dataset)
                    }
                }

                /// Predicts every head for one row of inputs.
                #[must_use]
                #visibility fn predict(&self, inputs: &#row) -> #outputs {
                    #int8::predict::<Self, { u64::MAX }, _, _>(self, inputs, #[inline(always)] |values| #outputs_name { #(#names: #reads),* })
                }

                /// Predicts every head for many rows of inputs: `outputs[i]` for `inputs[i]`, as far as both reach.
                #visibility fn predict_batch(&self, inputs: &[#row], outputs: &mut [#outputs]) {
                    for (row, output) in ::core::iter::Iterator::zip(inputs.iter(), outputs.iter_mut()) {
                        *output = self.predict(row);
                    }
                }

                #(#heads)*
            }
        }
    }

    /// What a head predicts.
    fn read(&self, head: &Head) -> TokenStream {
        let (mtl, field) = (self.plan.mtl, real(self.same[head.value]));
        let value = match head.ending {
            Ending::Identity => quote!(values.#field),
            Ending::Softmax => quote!(#mtl::__private::layer::softmax(&values.#field)),
            Ending::Sigmoid => quote!(#mtl::__private::layer::sigmoid(&values.#field)),
        };
        quote!(#mtl::__private::nalgebra::SVector::from(#value))
    }
}

/// A normalisation with nothing but steps that do nothing between an input and itself.
fn starts_at_an_input(graph: &Graph, node: &Node) -> bool {
    let mut value = node.inputs[0];
    loop {
        if graph.inputs.iter().any(|input| input.value == value) {
            return true;
        }
        match graph.nodes.iter().find(|node| node.outputs[0] == value) {
            Some(maker) if fold::is_identity(&maker.operation) => value = maker.inputs[0],
            _ => return false,
        }
    }
}

/// What has weights of a size, so that the uses of a `layer` share them.
fn is_shared(operation: &Operation) -> bool {
    matches!(operation, Operation::Dense { .. } | Operation::Embedding { .. })
}

/// An activation that is a bound of what the layer gives.
fn is_bound(activation: &Activation) -> bool {
    matches!(activation, Activation::Named("Linear" | "Relu" | "Relu6"))
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
