//! The structs: parameters and their blocks, inputs, outputs, targets, losses, and the memory of a tile.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::dim;
use crate::graph::{Head, InputKind, LossKind, Operation};

use crate::own;

use super::plan::Plan;
use super::summary;
use super::tokens;

/// The model and its blocks.
pub(super) fn parameters(plan: &Plan<'_>) -> TokenStream {
    let (mtl, scalar, graph) = (plan.mtl, &plan.scalar, plan.graph);
    let (visibility, attributes, name) = (&graph.visibility, &graph.attributes, &graph.name);
    let (declarations, generics) = (plan.generic_declarations(), plan.impl_generics());
    let arguments = plan.generic_arguments();

    let blocks = graph.blocks.iter().map(|block| {
        let block_type = plan.block_type(block);
        let self_type = plan.with_scalar(&block_type);
        let names = block.layers.iter().map(|layer| &layer.name).collect::<Vec<_>>();
        let types = block.layers.iter().map(|layer| plan.parameters_type(layer, &plan.paths)).collect::<Vec<_>>();
        let docs = block.layers.iter().map(summary::layer_doc);
        let doc = format!("The parameters of `{}`: `{}`.", block.name, block.flow);
        let needs_scalar = block.layers.iter().any(|layer| matches!(layer.operation, Operation::Custom(_)));
        let bound = if needs_scalar { quote!(#scalar: #mtl::__private::Scalar) } else { quote!(#scalar) };
        quote! {
            #[doc = #doc]
            #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq)]
            #[repr(C)]
            #visibility struct #block_type<#declarations #bound = f32> {
                #(#[doc = #docs] pub #names: #types,)*
            }
            #mtl::__private::flat!([#generics] #self_type as #block_type over #scalar { #(#names: #types),* });
        }
    });

    let fields = graph.blocks.iter().map(|block| &block.name).collect::<Vec<_>>();
    let types = graph.blocks.iter().map(|block| plan.with_scalar(plan.block_type(block))).collect::<Vec<_>>();
    let docs = graph.blocks.iter().map(|block| format!("`{}`", block.flow));
    let no_parameters = graph.blocks.is_empty().then(|| quote!(#[doc(hidden)] pub __scalar: ::core::marker::PhantomData<#scalar>,));
    let no_parameters_field = graph.blocks.is_empty().then(|| quote!(__scalar: ::core::marker::PhantomData<#scalar>));
    let summary = summary::markdown(plan);
    let needs_scalar = graph.blocks.iter().flat_map(|block| &block.layers).any(|layer| matches!(layer.operation, Operation::Custom(_)));
    let bound = if needs_scalar { quote!(#scalar: #mtl::__private::Scalar) } else { quote!(#scalar) };
    quote! {
        #(#blocks)*

        #attributes
        #[doc = #summary]
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq)]
        #[repr(C)]
        #visibility struct #name<#declarations #bound = f32> {
            #(#[doc = #docs] pub #fields: #types,)*
            #no_parameters
        }
        #mtl::__private::flat!([#generics] #name<#arguments #scalar> as #name over #scalar { #(#fields: #types,)* #no_parameters_field });
    }
}

/// The rows that users write and read: inputs, outputs, targets, losses.
pub(super) fn rows(plan: &Plan<'_>) -> TokenStream {
    let inputs = inputs(plan);
    let outputs = outputs(plan);
    let targets = targets(plan);
    let losses = losses(plan);
    quote!(#inputs #outputs #targets #losses)
}

/// The type of the inputs, which has no scalar where all inputs are classes.
pub(super) fn inputs_type(plan: &Plan<'_>) -> TokenStream {
    let name = plan.type_name("Inputs");
    if plan.graph.inputs.iter().any(|input| matches!(input.kind, InputKind::Real(_))) {
        plan.with_scalar(name)
    } else {
        let arguments = plan.generic_arguments();
        quote!(#name<#arguments>)
    }
}

fn inputs(plan: &Plan<'_>) -> TokenStream {
    let (mtl, scalar, graph) = (plan.mtl, &plan.scalar, plan.graph);
    let (visibility, name, self_type) = (&graph.visibility, plan.type_name("Inputs"), inputs_type(plan));
    let (declarations, generics) = (plan.generic_declarations(), plan.impl_generics());
    let has_real = graph.inputs.iter().any(|input| matches!(input.kind, InputKind::Real(_)));
    let scalar_declaration = has_real.then(|| quote!(#scalar = f32));
    let fields = graph.inputs.iter().map(|input| {
        let (field, attributes) = (&input.name, &input.attributes);
        let (field_type, doc) = match &input.kind {
            InputKind::Real(shape) => {
                let array = shape.iter().rev().fold(quote!(#scalar), |inner, dim| {
                    let length = plan.argument(dim);
                    quote!([#inner; #length])
                });
                (array, format!("Input of shape `[{}]`.", shape.iter().map(tokens::words).collect::<Vec<_>>().join(", ")))
            }
            InputKind::Class(classes) => (quote!(usize), format!("Input: a class index below `{}`.", tokens::words(classes))),
        };
        quote!(#attributes #[doc = #doc] pub #field: #field_type,)
    });
    let real = graph.inputs.iter().enumerate().filter_map(|(number, input)| match &input.kind {
        InputKind::Real(shape) => {
            let field = &input.name;
            let flatten = shape.iter().skip(1).map(|_| quote!(.as_flattened()));
            Some(quote!(#number => ::core::option::Option::Some(self.#field.as_slice()#(#flatten)*),))
        }
        InputKind::Class(_) => None,
    });
    let class = graph.inputs.iter().enumerate().filter_map(|(number, input)| match &input.kind {
        InputKind::Class(_) => {
            let field = &input.name;
            Some(quote!(#number => ::core::option::Option::Some(self.#field),))
        }
        InputKind::Real(_) => None,
    });
    let checks = graph.inputs.iter().map(|input| {
        let (field, name) = (&input.name, super::constants::plain(&input.name));
        match &input.kind {
            InputKind::Real(shape) => {
                let flatten = shape.iter().skip(1).map(|_| quote!(.as_flattened()));
                quote!(#mtl::__private::model::check_real(#name, self.#field.as_slice()#(#flatten)*)?;)
            }
            InputKind::Class(classes) => {
                let classes = plan.size(classes);
                quote!(#mtl::__private::model::check_class(#name, self.#field, #classes)?;)
            }
        }
    });
    let own_generics = if has_real { generics.clone() } else { plan.generic_parameters() };
    let doc = format!("One row of inputs of [`{}`].", graph.name);
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq)]
        #visibility struct #name<#declarations #scalar_declaration> { #(#fields)* }

        #[allow(dead_code, clippy::all, clippy::pedantic)]
        impl<#own_generics> #self_type {
            /// Whether the model can have been trained with such a row, as a data set takes it.
            ///
            /// # Errors
            ///
            /// The first input that it cannot: a number that is NaN or infinite, or a class that there is not.
            #visibility fn check(&self) -> ::core::result::Result<(), #mtl::__private::model::InputError> {
                #(#checks)*
                ::core::result::Result::Ok(())
            }
        }

        #[automatically_derived]
        impl<#generics> #mtl::__private::model::Record<#scalar> for #self_type {
            #[inline(always)]
            fn real(&self, field: usize) -> ::core::option::Option<&[#scalar]> {
                match field { #(#real)* _ => ::core::option::Option::None }
            }
            #[inline(always)]
            fn class(&self, field: usize) -> ::core::option::Option<usize> {
                match field { #(#class)* _ => ::core::option::Option::None }
            }
        }
    }
}

fn head_doc(head: &Head) -> String {
    format!("`{}`, loss `{}`.", head.flow, head.loss.name)
}

fn outputs(plan: &Plan<'_>) -> TokenStream {
    let (mtl, scalar, graph) = (plan.mtl, &plan.scalar, plan.graph);
    let (visibility, name, declarations) = (&graph.visibility, plan.type_name("Outputs"), plan.generic_declarations());
    let fields = graph.heads.iter().map(|head| {
        let (field, attributes, doc, length) = (&head.name, &head.attributes, head_doc(head), plan.argument(&head.outputs));
        quote!(#attributes #[doc = #doc] pub #field: #mtl::__private::nalgebra::SVector<#scalar, #length>,)
    });
    let doc = format!("What [`{}`] predicts for one row of inputs.", graph.name);
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq)]
        #visibility struct #name<#declarations #scalar = f32> { #(#fields)* }
    }
}

/// What the classes of a head count in its loss.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ClassWeights {
    /// What it declares: in training.
    Declared,
    /// All the same: in what is reported.
    None,
}

/// The type of a head's loss, and its value.
pub(super) fn loss(plan: &Plan<'_>, head: &Head, weights: ClassWeights) -> (TokenStream, TokenStream) {
    let mtl = plan.mtl;
    match &head.loss.kind {
        LossKind::Named { name, arguments, class_target } => {
            let name = format_ident!("{name}");
            let generics = class_target.then(|| {
                let classes = plan.argument(&head.outputs);
                quote!(<#classes>)
            });
            let arguments = arguments.iter().map(tokens::number);
            let class_weights = (weights == ClassWeights::Declared && !head.loss.class_weights.is_empty()).then(|| {
                let weights = head.loss.class_weights.iter().map(tokens::number);
                quote!(.class_weights([#(#weights),*]))
            });
            let smoothing = head.loss.label_smoothing.as_ref().map(|smoothing| {
                let smoothing = tokens::number(smoothing);
                quote!(.label_smoothing(#smoothing))
            });
            let kind = quote!(#mtl::__private::loss::#name #generics);
            (kind.clone(), quote!(const { <#kind>::new(#(#arguments),*)#class_weights #smoothing }))
        }
        LossKind::Custom(custom) => {
            let kind = own::loss(custom, &head.outputs, mtl);
            let value = own::value(custom, &kind);
            (kind, value)
        }
    }
}

/// What a tile holds of a head's target for one sample.
pub(super) fn target_type(plan: &Plan<'_>, head: &Head) -> TokenStream {
    let (mtl, scalar) = (plan.mtl, &plan.scalar);
    let outputs = plan.argument(&head.outputs);
    match &head.loss.kind {
        LossKind::Named { class_target: true, .. } => quote!(#mtl::__private::loss::Class<#outputs>),
        LossKind::Named { class_target: false, .. } => quote!([#scalar; #outputs]),
        LossKind::Custom(custom) => {
            let kind = own::loss(custom, &head.outputs, mtl);
            quote!(<#kind as #mtl::__private::loss::Loss<#outputs, #scalar>>::Target)
        }
    }
}

/// What the user writes for a head's target.
fn target_row_type(plan: &Plan<'_>, head: &Head) -> TokenStream {
    let (mtl, scalar) = (plan.mtl, &plan.scalar);
    let row = match &head.loss.kind {
        LossKind::Named { class_target: true, .. } => quote!(usize),
        LossKind::Named { class_target: false, .. } => {
            let outputs = plan.argument(&head.outputs);
            quote!(#mtl::__private::nalgebra::SVector<#scalar, #outputs>)
        }
        LossKind::Custom(_) => {
            let target = target_type(plan, head);
            quote!(<#target as #mtl::__private::loss::Target<#scalar>>::Row)
        }
    };
    if head.partial { quote!(::core::option::Option<#row>) } else { row }
}

/// The type of the targets, which has no scalar where all targets are classes.
pub(super) fn targets_type(plan: &Plan<'_>) -> TokenStream {
    let name = plan.type_name("Targets");
    if all_targets_are_classes(plan) {
        let arguments = plan.generic_arguments();
        quote!(#name<#arguments>)
    } else {
        plan.with_scalar(name)
    }
}

fn all_targets_are_classes(plan: &Plan<'_>) -> bool {
    plan.graph.heads.iter().all(|head| matches!(head.loss.kind, LossKind::Named { class_target: true, .. }))
}

fn targets(plan: &Plan<'_>) -> TokenStream {
    let (mtl, scalar, graph) = (plan.mtl, &plan.scalar, plan.graph);
    let (visibility, name, self_type) = (&graph.visibility, plan.type_name("Targets"), targets_type(plan));
    let (declarations, generics) = (plan.generic_declarations(), plan.impl_generics());
    let custom = graph.heads.iter().any(|head| matches!(head.loss.kind, LossKind::Custom(_)));
    let scalar_declaration = match (all_targets_are_classes(plan), custom) {
        (true, _) => quote!(),
        (false, false) => quote!(#scalar = f32),
        (false, true) => quote!(#scalar: #mtl::__private::Scalar = f32),
    };
    let heads = graph.heads.iter().map(|head| &head.name).collect::<Vec<_>>();
    let types = graph.heads.iter().map(|head| target_row_type(plan, head));
    let docs = graph.heads.iter().map(|head| {
        let optional = if head.partial { " `None` where the label is missing." } else { "" };
        format!("Target of the loss `{}`.{optional}", head.loss.name)
    });
    let numbers = (0..heads.len()).collect::<Vec<_>>();
    let doc = format!("One row of targets of [`{}`].", graph.name);
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq)]
        #visibility struct #name<#declarations #scalar_declaration> { #(#[doc = #docs] pub #heads: #types,)* }

        #[automatically_derived]
        impl<#generics> #mtl::__private::model::Record<#scalar> for #self_type {
            #[inline(always)]
            fn real(&self, field: usize) -> ::core::option::Option<&[#scalar]> {
                match field {
                    #(#numbers => #mtl::__private::loss::TargetRow::<#scalar>::real(&self.#heads),)*
                    _ => ::core::option::Option::None,
                }
            }
            #[inline(always)]
            fn class(&self, field: usize) -> ::core::option::Option<usize> {
                match field {
                    #(#numbers => #mtl::__private::loss::TargetRow::<#scalar>::class(&self.#heads),)*
                    _ => ::core::option::Option::None,
                }
            }
        }
    }
}

fn losses(plan: &Plan<'_>) -> TokenStream {
    let (mtl, scalar, graph) = (plan.mtl, &plan.scalar, plan.graph);
    let (visibility, name, generics) = (&graph.visibility, plan.type_name("Losses"), plan.impl_generics());
    let (declarations, self_type) = (plan.generic_declarations(), plan.with_scalar(&name));
    let heads = graph.heads.iter().map(|head| &head.name).collect::<Vec<_>>();
    let docs = graph.heads.iter().map(head_doc);
    let doc = format!("One number for each head of [`{}`]: its mean loss over a batch, or its weight.", graph.name);
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq)]
        #[repr(C)]
        #visibility struct #name<#declarations #scalar = f32> { #(#[doc = #docs] pub #heads: #scalar,)* }
        #mtl::__private::flat!([#generics] #self_type as #name over #scalar { #(#heads: #scalar),* });
    }
}

/// The memory of a tile: values, gradients, targets, and the statistics of a batch.
pub(super) fn workspace(plan: &Plan<'_>) -> TokenStream {
    let (mtl, scalar, columns, graph) = (plan.mtl, &plan.scalar, &plan.columns, plan.graph);

    let mut value_fields = Vec::new();
    let mut value_types = Vec::new();
    let mut gradient_fields = Vec::new();
    let mut gradient_types = Vec::new();
    for (id, value) in graph.values.iter().enumerate() {
        if value.storage != id {
            continue;
        }
        let is_class = graph.inputs.iter().any(|input| input.value == id && matches!(input.kind, InputKind::Class(_)));
        value_fields.push(plan.value_field(id));
        let width = plan.width(id);
        value_types.push(if is_class { quote!([u32; #columns]) } else { quote!([[#scalar; #width]; #columns]) });
        if plan.has_gradient(id) {
            gradient_fields.push(plan.gradient_field(id));
            gradient_types.push(quote!([[#scalar; #width]; #columns]));
        }
    }
    let mut statistics_fields = Vec::new();
    let mut statistics_types = Vec::new();
    for (number, node) in graph.nodes.iter().enumerate() {
        if let Some(cache) = cache_type(plan, node) {
            value_fields.push(format_ident!("c{number}"));
            value_types.push(quote!([#cache; #columns]));
        }
        if let Operation::Recurrent(recurrent) = &node.operation {
            let (cell, units, time) = (tokens::cell(recurrent, &plan.paths), plan.argument(&recurrent.units), plan.argument(&recurrent.time));
            let records = quote!([[#mtl::__private::layer::Record<#cell, #units, #scalar>; #time]; #columns]);
            value_fields.push(format_ident!("c{number}"));
            value_types.push(records.clone());
            gradient_fields.push(format_ident!("c{number}"));
            gradient_types.push(records);
        }
        if matches!(node.operation, Operation::BatchNorm { .. }) {
            let width = plan.taken(node);
            statistics_fields.push(format_ident!("s{number}"));
            statistics_types.push(quote!(#mtl::__private::layer::BatchStatistics<#width, #scalar>));
        }
    }

    let mut target_fields = Vec::new();
    let mut target_types = Vec::new();
    for (number, head) in graph.heads.iter().enumerate() {
        let target = target_type(plan, head);
        target_fields.push(format_ident!("t{number}"));
        target_types.push(quote!([#target; #columns]));
        if head.partial {
            target_fields.push(format_ident!("p{number}"));
            target_types.push(quote!([bool; #columns]));
        }
    }

    let parameters = plan.generic_parameters();
    let over_columns = quote!(#parameters #scalar: #mtl::__private::Scalar, const #columns: usize);
    let visibility = &graph.visibility;
    let tile_struct = |suffix: &str, fields: &[proc_macro2::Ident], types: &[TokenStream]| {
        let name = plan.type_name(suffix);
        let self_type = plan.with_columns(&name);
        quote! {
            #[doc(hidden)]
            #visibility struct #name<#over_columns> {
                #(#fields: #types,)*
                __scalar: ::core::marker::PhantomData<#scalar>,
            }
            #mtl::__private::zeroable!([#over_columns] #self_type as #name { #(#fields: #types,)* __scalar: ::core::marker::PhantomData<#scalar> });
        }
    };
    let values = tile_struct("Values", &value_fields, &value_types);
    let gradients = tile_struct("ValueGradients", &gradient_fields, &gradient_types);
    let targets = tile_struct("TargetColumns", &target_fields, &target_types);

    let (name, generics) = (plan.type_name("Statistics"), plan.impl_generics());
    let self_type = plan.with_scalar(&name);
    quote! {
        #values
        #gradients
        #targets

        #[doc(hidden)]
        #[derive(::core::clone::Clone, ::core::marker::Copy)]
        #visibility struct #name<#generics> {
            #(#statistics_fields: #statistics_types,)*
            __scalar: ::core::marker::PhantomData<#scalar>,
        }
        #mtl::__private::zeroable!([#generics] #self_type as #name { #(#statistics_fields: #statistics_types,)* __scalar: ::core::marker::PhantomData<#scalar> });
    }
}

/// What a `Layer` keeps of one sample; `None` for operations that are not a `Layer`.
fn cache_type(plan: &Plan<'_>, node: &crate::graph::Node) -> Option<TokenStream> {
    let (mtl, scalar) = (plan.mtl, &plan.scalar);
    let input = plan.graph.values[*node.inputs.first()?].size.clone();
    let seen = if plan.channels(node).is_some() { plan.graph.values[node.inputs[0]].shape.last()? } else { &input };
    let descriptor = tokens::descriptor(&node.operation, seen, mtl, &plan.paths)?;
    let kind = descriptor.kind;
    let pixels = plan.channels(node).and_then(|_| {
        let shape = &plan.graph.values[node.inputs[0]].shape;
        shape.split_last().map(|(_, places)| plan.argument(&dim::product(places)))
    });
    if let Some(pixels) = pixels {
        let channels = plan.taken(node);
        return Some(quote!([<#kind as #mtl::__private::layer::Layer<#channels, #channels, #scalar>>::Cache; #pixels]));
    }
    if !matches!(node.operation, Operation::LayerNorm { .. } | Operation::Custom(_)) {
        return Some(quote!(()));
    }
    let (input, output) = (plan.argument(&input), plan.width(node.outputs[0]));
    Some(quote!(<#kind as #mtl::__private::layer::Layer<#input, #output, #scalar>>::Cache))
}
