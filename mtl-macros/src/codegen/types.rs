//! The structs: parameters and their blocks, inputs, outputs, targets, losses, and the memory of a tile.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{format_ident, quote};

use crate::emit::own;
use crate::emit::size::number;
use crate::graph::{Form, Head, Input, InputKind, LossKind, Node};
use crate::size;

use super::Items;
use super::plan::Plan;
use super::{inputs, summary};

/// The model and its blocks.
pub(super) fn parameters(plan: &Plan<'_>) -> Items {
    let (mtl, scalar, graph) = (plan.mtl, &plan.scalar, plan.graph);
    let (visibility, attributes, name) = (&graph.visibility, &graph.attributes, &graph.name);
    let (declarations, generics) = (plan.generic_declarations(), plan.impl_generics());
    let arguments = plan.generic_arguments();

    let blocks: Items = graph
        .blocks
        .iter()
        .map(|block| {
            let block_type = plan.block_type(block);
            let self_type = plan.with_scalar(&block_type);
            let names = block.layers.iter().map(|layer| &layer.name).collect::<Vec<_>>();
            let types = block.layers.iter().map(|layer| plan.parameters_type(layer, &plan.emit_absolute())).collect::<Vec<_>>();
            let docs = block.layers.iter().map(summary::layer_doc);
            let doc = format!("The parameters of `{}`: `{}`.", block.name, block.flow);
            let needs_scalar = block.layers.iter().any(|layer| layer.operation.own().is_some());
            let bound = if needs_scalar { quote!(#scalar: #mtl::__private::Scalar) } else { quote!(#scalar) };
            Items {
                types: quote! {
                    #[doc = #doc]
                    #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq)]
                    #[repr(C)]
                    #visibility struct #block_type<#declarations #bound = ::core::primitive::f32> {
                        #(#[doc = #docs] pub #names: #types,)*
                    }
                },
                bodies: quote!(#mtl::__private::flat!([#generics] #self_type as #block_type over #scalar { #(#names: #types),* });),
            }
        })
        .collect();

    let fields = graph.blocks.iter().map(|block| &block.name).collect::<Vec<_>>();
    let types = graph.blocks.iter().map(|block| plan.with_scalar(plan.block_type(block))).collect::<Vec<_>>();
    let docs = graph.blocks.iter().map(|block| format!("`{}`", block.flow));
    let no_parameters = graph.blocks.is_empty().then(|| quote!(#[doc(hidden)] pub __phantom: ::core::marker::PhantomData<#scalar>,));
    let no_parameters_field = graph.blocks.is_empty().then(|| quote!(__phantom: ::core::marker::PhantomData<#scalar>));
    let summary = summary::markdown(plan);
    let needs_scalar = graph.blocks.iter().flat_map(|block| &block.layers).any(|layer| layer.operation.own().is_some());
    let bound = if needs_scalar { quote!(#scalar: #mtl::__private::Scalar) } else { quote!(#scalar) };
    let own = plan.own_name();
    // Where rustc points at the struct it points at `struct` and the name, and not at the whole invocation.
    let struct_word = Ident::new("struct", Span::call_site().located_at(graph.keyword));
    let mut body = Group::new(Delimiter::Brace, quote!(#(#[doc = #docs] pub #fields: #types,)* #no_parameters));
    body.set_span(Span::call_site().located_at(name.span()));
    let model = Items {
        types: quote! {
            #attributes
            #[doc = #summary]
            #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq)]
            #[repr(C)]
            #visibility #struct_word #name<#declarations #bound = ::core::primitive::f32> #body
        },
        bodies: quote! {
            #mtl::__private::flat!([#generics] #own<#arguments #scalar> as #own over #scalar { #(#fields: #types,)* #no_parameters_field });
        },
    };
    [blocks, model].into_iter().collect()
}

/// The rows that users write and read: inputs, outputs, targets, losses.
pub(super) fn rows(plan: &Plan<'_>) -> Items {
    let outputs = Items { types: outputs(plan), bodies: serde_of_outputs(plan) };
    [inputs::types(plan), inputs_row(plan), outputs, targets(plan), losses(plan)].into_iter().collect()
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

fn inputs_row(plan: &Plan<'_>) -> Items {
    let (mtl, scalar, graph) = (plan.mtl, &plan.scalar, plan.graph);
    let (visibility, name, self_type, declarations) = (&graph.visibility, plan.type_name("Inputs"), inputs_type(plan), plan.generic_declarations());
    let has_real = graph.inputs.iter().any(|input| matches!(input.kind, InputKind::Real(_)));
    let scalar_declaration = has_real.then(|| quote!(#scalar = ::core::primitive::f32));
    let fields = graph.inputs.iter().map(|input| {
        let (field, attributes, (field_type, doc)) = (&input.name, &input.attributes, inputs::field(plan, input));
        quote!(#attributes #[doc = #doc] pub #field: #field_type,)
    });
    let arms = |of: &dyn Fn(&Plan<'_>, &Input) -> Option<TokenStream>| {
        let arms = graph.inputs.iter().enumerate().filter_map(|(number, input)| {
            let value = of(plan, input)?;
            Some(quote!(#number => ::core::option::Option::Some(#value),))
        });
        quote!(#(#arms)*)
    };
    let (real, class) = (arms(&inputs::slice), arms(&inputs::class));
    let cells = graph.inputs.iter().enumerate().filter_map(|(number, input)| {
        let cells = inputs::cells(plan, input)?;
        Some(quote!(#number => match __column { #cells _ => ::core::option::Option::None },))
    });
    let cells = quote!(#(#cells)*);
    let checks = graph.inputs.iter().enumerate().map(|(number, input)| inputs::check(plan, number, input));
    let model = if has_real {
        plan.model_type()
    } else {
        let (name, arguments) = (plan.own_name(), plan.generic_arguments());
        quote!(#name<#arguments ::core::primitive::f32>)
    };
    let read = graph.inputs.iter().enumerate().map(|(number, input)| {
        let (field, value) = (&input.name, inputs::from_fields(plan, &model, number, input));
        quote!(#field: #value)
    });
    let [names, cells_name] = ["names", "cells"].map(|name| plan.free(name));
    let own_generics = if has_real { plan.impl_generics() } else { plan.generic_parameters() };
    let doc = format!("One row of inputs of [`{}`].", graph.name);
    let record = record(plan, &self_type, &real, &class, &cells);
    Items {
        types: quote! {
            #[doc = #doc]
            #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq)]
            #visibility struct #name<#declarations #scalar_declaration> { #(#fields)* }
        },
        bodies: quote! {
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

                /// A row of strings as a table has it: `cells[i]` is that of the column `names[i]`, in any order; columns that no input has are left aside.
                ///
                /// Columns are found and cells are read by the rules of `mtl::data::Csv`. An empty cell, `NA` and `?` are missing; `from_row` takes other texts.
                ///
                /// # Errors
                ///
                /// The first column that is not there, or whose cell is not what the input takes.
                #visibility fn from_fields(
                    #names: &[&::core::primitive::str],
                    #cells_name: &[&::core::primitive::str],
                ) -> ::core::result::Result<Self, #mtl::__private::model::FieldError> {
                    Self::from_row(&__model::Fields::new(#names, #cells_name)?)
                }

                /// As `from_fields`, from a row that says which texts stand for a missing cell: `Fields::new(&names, &cells)?.missing(&["-"])`.
                ///
                /// # Errors
                ///
                /// Those of `from_fields`.
                #visibility fn from_row(__fields: &#mtl::__private::model::Fields<'_>) -> ::core::result::Result<Self, #mtl::__private::model::FieldError> {
                    ::core::result::Result::Ok(Self { #(#read),* })
                }
            }

            #record

            #mtl::__private::with_std! {
                #[automatically_derived]
                impl<#own_generics> #mtl::__private::serde::Serialize for #self_type {
                    fn serialize<__S: #mtl::__private::serde::Serializer>(&self, __to: __S) -> ::core::result::Result<__S::Ok, __S::Error> {
                        #mtl::__private::model::serialized::serialize_inputs::<#model, Self, __S>(self, __to)
                    }
                }
                #[automatically_derived]
                impl<'de, #own_generics> #mtl::__private::serde::Deserialize<'de> for #self_type {
                    fn deserialize<__D: #mtl::__private::serde::Deserializer<'de>>(__from: __D) -> ::core::result::Result<Self, __D::Error> {
                        #mtl::__private::model::serialized::deserialize_inputs::<#model, Self, __D>(__from, |__fields| Self::from_row(__fields))
                    }
                }
            }
        },
    }
}

fn head_doc(head: &Head) -> String {
    format!("`{}`, loss `{}`.", head.flow, head.loss.name)
}

fn outputs(plan: &Plan<'_>) -> TokenStream {
    let (scalar, graph) = (&plan.scalar, plan.graph);
    let (visibility, name, declarations) = (&graph.visibility, plan.type_name("Outputs"), plan.generic_declarations());
    let fields = graph.heads.iter().map(|head| {
        let (field, attributes, doc, output) = (&head.name, &head.attributes, head_doc(head), output_type(plan, head, &quote!(#scalar)));
        quote!(#attributes #[doc = #doc] pub #field: #output,)
    });
    let doc = format!("What [`{}`] predicts for one row of inputs.", graph.name);
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq)]
        #visibility struct #name<#declarations #scalar = ::core::primitive::f32> { #(#fields)* }
    }
}

/// The outputs as a map of the heads.
fn serde_of_outputs(plan: &Plan<'_>) -> TokenStream {
    let (mtl, generics, model, outputs) = (plan.mtl, plan.impl_generics(), plan.model_type(), plan.with_scalar(plan.type_name("Outputs")));
    quote! {
        #mtl::__private::with_std! {
            #[automatically_derived]
            impl<#generics> #mtl::__private::serde::Serialize for #outputs {
                fn serialize<__S: #mtl::__private::serde::Serializer>(&self, __to: __S) -> ::core::result::Result<__S::Ok, __S::Error> {
                    #mtl::__private::model::serialized::serialize_outputs::<#model, __S>(self, __to)
                }
            }
        }
    }
}

/// What users read of a head: a number where there is one, the probabilities of classes, or a vector.
pub(super) fn output_type(plan: &Plan<'_>, head: &Head, scalar: &TokenStream) -> TokenStream {
    let (mtl, length) = (plan.mtl, plan.argument(&head.outputs));
    if head.has_classes() {
        let class = class_type(head);
        quote!(#mtl::__private::ClassOutput<#scalar, #length, #class>)
    } else if head.is_one_number() {
        scalar.clone()
    } else {
        quote!(#mtl::__private::nalgebra::SVector<#scalar, #length>)
    }
}

/// What users call the class of a head: its number, or a category.
pub(super) fn class_type(head: &Head) -> TokenStream {
    match &head.form {
        Form::Listed { name, .. } => quote!(#name),
        Form::Category(path) => path.0.clone(),
        Form::Plain | Form::ClassOrUnknown | Form::Columns { .. } => quote!(::core::primitive::usize),
    }
}

/// The outputs of a head from an array of its numbers.
pub(super) fn output(plan: &Plan<'_>, head: &Head, scalar: &TokenStream, values: &TokenStream) -> TokenStream {
    let (mtl, output, length) = (plan.mtl, output_type(plan, head, scalar), plan.argument(&head.outputs));
    quote!(<#output as #mtl::__private::model::Output<#scalar, #length>>::of(#values))
}

/// The array of the numbers of a head's outputs.
pub(super) fn output_values(plan: &Plan<'_>, head: &Head, scalar: &TokenStream, output: &TokenStream) -> TokenStream {
    let (mtl, of, length) = (plan.mtl, output_type(plan, head, scalar), plan.argument(&head.outputs));
    quote!(<#of as #mtl::__private::model::Output<#scalar, #length>>::values(#output))
}

/// Outputs that say nothing.
pub(super) fn no_output(plan: &Plan<'_>, head: &Head) -> TokenStream {
    let (mtl, scalar, length) = (plan.mtl, &plan.scalar, plan.argument(&head.outputs));
    output(plan, head, &quote!(#scalar), &quote!([<#scalar as #mtl::__private::Scalar>::from_f64(::core::primitive::f64::NAN); #length]))
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
            let arguments = arguments.iter().map(number);
            let class_weights = (weights == ClassWeights::Declared && !head.loss.class_weights.is_empty()).then(|| {
                let weights = head.loss.class_weights.iter().map(number);
                quote!(.class_weights([#(#weights),*]))
            });
            let smoothing = head.loss.label_smoothing.as_ref().map(|smoothing| {
                let smoothing = number(smoothing);
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
        LossKind::Named { class_target: true, .. } => class_type(head),
        LossKind::Named { class_target: false, .. } if head.is_one_number() => quote!(#scalar),
        LossKind::Named { class_target: false, .. } => {
            let outputs = plan.argument(&head.outputs);
            quote!([#scalar; #outputs])
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
    plan.graph.heads.iter().all(Head::has_classes)
}

fn targets(plan: &Plan<'_>) -> Items {
    let (mtl, scalar, graph) = (plan.mtl, &plan.scalar, plan.graph);
    let (visibility, name, self_type, declarations) = (&graph.visibility, plan.type_name("Targets"), targets_type(plan), plan.generic_declarations());
    let custom = graph.heads.iter().any(|head| matches!(head.loss.kind, LossKind::Custom(_)));
    let scalar_declaration = match (all_targets_are_classes(plan), custom) {
        (true, _) => quote!(),
        (false, false) => quote!(#scalar = ::core::primitive::f32),
        (false, true) => quote!(#scalar: #mtl::__private::Scalar = ::core::primitive::f32),
    };
    let heads = graph.heads.iter().map(|head| &head.name).collect::<Vec<_>>();
    let types = graph.heads.iter().map(|head| target_row_type(plan, head));
    let docs = graph.heads.iter().map(|head| {
        let optional = if head.partial { " `None` where the label is missing." } else { "" };
        format!("Target of the loss `{}`.{optional}", head.loss.name)
    });
    let doc = format!("One row of targets of [`{}`].", graph.name);
    let arms = |method: &str| {
        let arms = graph.heads.iter().enumerate().map(|(number, head)| {
            let (field, name) = (&head.name, format_ident!("{method}"));
            match &head.form {
                Form::Plain | Form::ClassOrUnknown | Form::Columns { .. } => {
                    quote!(#number => #mtl::__private::loss::TargetRow::<#scalar>::#name(&self.#field),)
                }
                // The numbers of a category there are none.
                Form::Listed { .. } | Form::Category(_) if method == "real" => quote!(),
                Form::Listed { .. } | Form::Category(_) => {
                    let index = super::columns::of_category(plan, &class_type(head), "index");
                    if head.partial {
                        quote!(#number => ::core::option::Option::map(self.#field, #index),)
                    } else {
                        quote!(#number => ::core::option::Option::Some(#index(self.#field)),)
                    }
                }
            }
        });
        quote!(#(#arms)*)
    };
    Items {
        types: quote! {
            #[doc = #doc]
            #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq)]
            #visibility struct #name<#declarations #scalar_declaration> { #(#[doc = #docs] pub #heads: #types,)* }
        },
        bodies: record(plan, &self_type, &arms("real"), &arms("class"), &TokenStream::new()),
    }
}

/// `Record` of a row, from the arms that give its fields by number, and those that give single cells.
fn record(plan: &Plan<'_>, self_type: &TokenStream, real: &TokenStream, class: &TokenStream, cells: &TokenStream) -> TokenStream {
    let (mtl, scalar, generics) = (plan.mtl, &plan.scalar, plan.impl_generics());
    let cell = (!cells.is_empty()).then(|| {
        quote! {
            #[inline(always)]
            fn cell(&self, __field: ::core::primitive::usize, __column: ::core::primitive::usize) -> ::core::option::Option<#scalar> {
                match __field {
                    #cells
                    _ => #mtl::__private::model::record::cell_of(#mtl::__private::model::Record::<#scalar>::real(self, __field), __column),
                }
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl<#generics> #mtl::__private::model::Record<#scalar> for #self_type {
            #[inline(always)]
            fn real(&self, __field: ::core::primitive::usize) -> ::core::option::Option<&[#scalar]> {
                match __field { #real _ => ::core::option::Option::None }
            }
            #[inline(always)]
            fn class(&self, __field: ::core::primitive::usize) -> ::core::option::Option<::core::primitive::usize> {
                match __field { #class _ => ::core::option::Option::None }
            }
            #cell
        }
    }
}

fn losses(plan: &Plan<'_>) -> Items {
    let (mtl, scalar, graph) = (plan.mtl, &plan.scalar, plan.graph);
    let (visibility, name, generics) = (&graph.visibility, plan.type_name("Losses"), plan.impl_generics());
    let (declarations, self_type) = (plan.generic_declarations(), plan.with_scalar(&name));
    let heads = graph.heads.iter().map(|head| &head.name).collect::<Vec<_>>();
    let docs = graph.heads.iter().map(head_doc);
    let doc = format!("One number for each head of [`{}`]: its mean loss over a batch, or its weight.", graph.name);
    Items {
        types: quote! {
            #[doc = #doc]
            #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq)]
            #[repr(C)]
            #visibility struct #name<#declarations #scalar = ::core::primitive::f32> { #(#[doc = #docs] pub #heads: #scalar,)* }
        },
        bodies: quote!(#mtl::__private::flat!([#generics] #self_type as #name over #scalar { #(#heads: #scalar),* });),
    }
}

/// The memory of a tile: values, gradients, targets, and the statistics of a batch.
pub(super) fn workspace(plan: &Plan<'_>) -> Items {
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
        value_types.push(if is_class { quote!([::core::primitive::u32; #columns]) } else { quote!([[#scalar; #width]; #columns]) });
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
        if let Some(records) = node.operation.records(&graph.sizes(node), &plan.emit_absolute()) {
            let records = quote!([#records; #columns]);
            value_fields.push(format_ident!("c{number}"));
            value_types.push(records.clone());
            gradient_fields.push(format_ident!("c{number}"));
            gradient_types.push(records);
        }
        if node.operation.is_over_batch() {
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
            target_types.push(quote!([::core::primitive::bool; #columns]));
        }
    }

    let parameters = plan.generic_parameters();
    let over_columns = quote!(#parameters #scalar: #mtl::__private::Scalar, const #columns: ::core::primitive::usize);
    let visibility = &graph.visibility;
    let tile_struct = |suffix: &str, fields: &[proc_macro2::Ident], types: &[TokenStream]| {
        let name = plan.type_name(suffix);
        let self_type = plan.with_columns(&name);
        let fields = quote!(#(#fields: #types,)* __phantom: ::core::marker::PhantomData<#scalar>);
        Items {
            types: quote!(#[doc(hidden)] #visibility struct #name<#over_columns> { #fields }),
            bodies: quote!(#mtl::__private::zeroable!([#over_columns] #self_type as #name { #fields });),
        }
    };
    let values = tile_struct("Values", &value_fields, &value_types);
    let gradients = tile_struct("ValueGradients", &gradient_fields, &gradient_types);
    let targets = tile_struct("TargetColumns", &target_fields, &target_types);

    let (name, generics) = (plan.type_name("Statistics"), plan.impl_generics());
    let self_type = plan.with_scalar(&name);
    let fields = quote!(#(#statistics_fields: #statistics_types,)* __phantom: ::core::marker::PhantomData<#scalar>);
    let statistics = Items {
        types: quote! {
            #[doc(hidden)]
            #[derive(::core::clone::Clone, ::core::marker::Copy)]
            #visibility struct #name<#generics> { #fields }
        },
        bodies: quote!(#mtl::__private::zeroable!([#generics] #self_type as #name { #fields });),
    };
    [values, gradients, targets, statistics].into_iter().collect()
}

/// What a `Layer` keeps of one sample; `None` for operations that are not a `Layer`.
fn cache_type(plan: &Plan<'_>, node: &Node) -> Option<TokenStream> {
    let (mtl, scalar, seen, emit) = (plan.mtl, &plan.scalar, plan.seen(node), plan.emit_absolute());
    let kind = node.operation.layer(&seen, &emit)?.kind;
    if !node.operation.keeps() && plan.channels(node).is_none() {
        return Some(quote!(()));
    }
    let (from, to) = (plan.argument(seen.from()), plan.argument(&seen.output.size));
    let cache = quote!(<#kind as #mtl::__private::layer::Layer<#from, #to, #scalar>>::Cache);
    if plan.channels(node).is_none() {
        return Some(cache);
    }
    let (_, places) = plan.graph.values[node.inputs[0]].shape.split_last()?;
    let pixels = plan.argument(&size::product(places));
    Some(quote!([#cache; #pixels]))
}
