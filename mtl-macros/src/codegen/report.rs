//! The report of an evaluation: a field for each head, with its loss and its metrics.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::case::{camel, plain};
use crate::custom::Custom;
use crate::emit::size::count;
use crate::graph::{Form, Head, LossKind, Metric};
use crate::size;

use super::Items;
use super::passes;
use super::plan::Plan;
use super::types;

pub(super) fn report(plan: &Plan<'_>) -> Items {
    let (mtl, graph) = (plan.mtl, plan.graph);
    let private = quote!(#mtl::__private);
    let (generics, model, visibility) = (plan.impl_generics(), plan.model_type(), &graph.visibility);
    let (declarations, parameters, arguments) = (plan.generic_declarations(), plan.generic_parameters(), plan.generic_arguments());
    let (name, collected, combined) = (plan.type_name("Report"), plan.type_name("Collected"), plan.free("combined_loss"));
    let (columns, values, targets) = (&plan.columns, plan.with_columns(plan.type_name("Values")), plan.with_columns(plan.type_name("TargetColumns")));
    let heads = graph.heads.iter().map(|head| &head.name).collect::<Vec<_>>();
    let head_names = graph.heads.iter().map(|head| plain(&head.name)).collect::<Vec<_>>();
    let numbers = (0..heads.len()).collect::<Vec<_>>();
    let head_types = graph.heads.iter().map(|head| plan.type_name(&format!("{}Report", camel(&plain(&head.name))))).collect::<Vec<_>>();

    let head_structs = graph.heads.iter().zip(&head_types).map(|(head, head_type)| {
        let fields = head.metrics.iter().map(|metric| {
            let (field, doc) = (&metric.field, format!("The metric `{}`.", metric.field));
            let (kind, outputs, measured) = (metric_type(plan, head, metric), plan.argument(&head.outputs), measured_type(plan, head));
            quote!(#[doc = #doc] pub #field: <#kind as #private::metric::Metric<#outputs, #measured>>::Value)
        });
        let doc = format!("The evaluation of `{}`.", head.name);
        quote! {
            #[doc = #doc]
            #[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
            #visibility struct #head_type<#declarations> {
                /// The mean loss over the samples that have the label; NaN if none has.
                pub loss: ::core::primitive::f64,
                /// How many samples have the label.
                pub labels: ::core::primitive::usize,
                #(#fields,)*
            }
        }
    });

    let collected_types = graph.heads.iter().map(|head| {
        let (outputs, measured) = (plan.argument(&head.outputs), measured_type(plan, head));
        quote!(#private::metric::Labelled<#outputs, #measured>)
    });
    let collected_fields = numbers.iter().map(|number| format_ident!("h{number}")).collect::<Vec<_>>();
    let collects = graph.heads.iter().enumerate().filter(|(_, head)| !head.metrics.is_empty()).map(|(number, head)| {
        let (field, target, read) = (&collected_fields[number], format_ident!("t{number}"), passes::read_head(plan, head));
        let present = if head.partial {
            let present = format_ident!("p{number}");
            quote!(__targets.#present[__column])
        } else {
            quote!(true)
        };
        let (target_type, scalar) = (types::target_type(plan, head), &plan.scalar);
        let values = types::output_values(plan, head, &quote!(#scalar), &quote!(&__prediction));
        quote! {
            if #present {
                let __prediction = #read;
                #private::metric::Labelled::push(
                    &mut __collected.#field,
                    ::core::array::from_fn(|__output| #private::Scalar::to_f64(#values[__output])),
                    <#target_type as #private::loss::Target<#scalar>>::measured(&__targets.#target[__column]),
                );
            }
        }
    });
    let head_reports = graph.heads.iter().enumerate().map(|(number, head)| {
        let (field, head_type, name) = (&collected_fields[number], &head_types[number], &head.name);
        let metrics = head.metrics.iter().map(|metric| {
            let (metric_field, value) = (&metric.field, metric_value(plan, head, metric));
            quote!(#metric_field: #private::metric::Metric::measure(&#value, &__collected.#field))
        });
        quote! {
            #name: #head_type {
                loss: if let ::core::option::Option::Some(__loss) = <[_]>::get(__losses, #number) { *__loss } else { ::core::primitive::f64::NAN },
                labels: if let ::core::option::Option::Some(__labels) = <[_]>::get(__labels, #number) { *__labels } else { 0 },
                #(#metrics,)*
            }
        }
    });
    let rows = graph.heads.iter().zip(&head_names).map(|(head, name)| {
        let field = &head.name;
        let metrics = head.metrics.iter().map(|metric| {
            let (metric_field, text) = (&metric.field, plain(&metric.field));
            match &head.form {
                Form::Listed { .. } | Form::Category(_) if metric.name == "Confusion" => {
                    let labels = super::columns::of_category(plan, &types::class_type(head), "LABELS");
                    quote!((#text, #private::report::confusion(&self.#field.#metric_field, #labels)))
                }
                _ => quote!((#text, #private::report::ToCell::to_cell(&self.#field.#metric_field))),
            }
        });
        quote! {
            #private::report::HeadRow {
                head: #name, loss: self.#field.loss, labels: self.#field.labels,
                metrics: <[_]>::into_vec(#private::Box::new([#(#metrics),*])),
            }
        }
    });
    let better = graph.heads.iter().map(|head| {
        let (outputs, measured) = (plan.argument(&head.outputs), measured_type(plan, head));
        let metrics = head.metrics.iter().map(|metric| {
            let kind = metric_type(plan, head, metric);
            quote!(<#kind as #private::metric::Metric<#outputs, #measured>>::BETTER)
        });
        quote!(&[#(#metrics),*])
    });
    let head_docs = graph.heads.iter().map(|head| format!("The evaluation of `{}`, whose loss is `{}`.", head.name, head.loss.name));
    let doc = format!("The evaluation of a [`{}`] on a data set, head by head.", graph.name);
    let double = quote!(::core::primitive::f64);
    let types = quote! {
        #private::with_std! {
            #(#head_structs)*

            #[doc = #doc]
            #[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
            #visibility struct #name<#declarations> {
                /// The weighted sum of the losses, with penalties.
                pub #combined: ::core::primitive::f64,
                #(#[doc = #head_docs] pub #heads: #head_types<#arguments>,)*
            }

            #[doc(hidden)]
            #[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::default::Default)]
            #visibility struct #collected<#declarations> { #(#collected_fields: #collected_types,)* }
        }
    };
    let bodies = quote! {
        #private::with_std! {
            #[automatically_derived]
            #[allow(unused_variables, clippy::all, clippy::pedantic)]
            impl<#generics> #private::Evaluate for #model {
                type Report = #name<#arguments>;
                type Collected = #collected<#arguments>;
                const METRICS: &'static [&'static [#private::metric::Better]] = &[#(#better),*];

                fn collect<const #columns: ::core::primitive::usize>(__values: &#values, __targets: &#targets, __columns: ::core::primitive::usize, __collected: &mut Self::Collected) {
                    for __column in 0..::core::cmp::Ord::min(__columns, #columns) { #(#collects)* }
                }

                fn report(__loss: #double, __losses: &[#double], __labels: &[::core::primitive::usize], __collected: &Self::Collected) -> Self::Report {
                    #name { #combined: __loss, #(#head_reports),* }
                }
            }

            #[automatically_derived]
            impl<#parameters> #private::report::Report for #name<#arguments> {
                fn loss(&self) -> #double { self.#combined }
                fn heads(&self) -> #private::Vec<#private::report::HeadRow> { <[_]>::into_vec(#private::Box::new([#(#rows),*])) }
            }

            #[automatically_derived]
            impl<#parameters> ::core::fmt::Display for #name<#arguments> {
                fn fmt(&self, __formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    #private::report::write_table(__formatter, self)
                }
            }
        }
    };
    Items { types, bodies }
}

/// What metrics compare a head's predictions with.
fn measured_type(plan: &Plan<'_>, head: &Head) -> TokenStream {
    let outputs = plan.argument(&head.outputs);
    match &head.loss.kind {
        LossKind::Named { class_target: true, .. } => quote!(::core::primitive::u32),
        LossKind::Named { class_target: false, .. } => quote!([::core::primitive::f64; #outputs]),
        LossKind::Custom(custom) => super::own::measured(head, custom, plan.mtl),
    }
}

/// A metric's type; a stand-in where it does not go with the targets of a loss of the user's own.
fn metric_type(plan: &Plan<'_>, head: &Head, metric: &Metric) -> TokenStream {
    let (mtl, kind) = (plan.mtl, super::own::metric_type(metric, plan.mtl));
    match uncertain_loss(head) {
        Some(custom) => {
            let either = super::own::metric(&kind, head, custom, mtl);
            quote!(<#either as #mtl::__private::own::Chosen>::Type)
        }
        None => kind,
    }
}

fn metric_value(plan: &Plan<'_>, head: &Head, metric: &Metric) -> TokenStream {
    let (mtl, kind) = (plan.mtl, super::own::metric_type(metric, plan.mtl));
    let value = if metric.arguments.is_empty() {
        kind.clone()
    } else {
        let arguments = metric.arguments.iter().map(count);
        quote!(#kind::new(#(#arguments),*))
    };
    match uncertain_loss(head) {
        Some(custom) => {
            let either = super::own::metric(&kind, head, custom, mtl);
            quote!(<#either as #mtl::__private::own::Chosen>::choose(#value))
        }
        None => value,
    }
}

/// A loss whose targets only its type tells; with a number of outputs that depends on the struct's const generics nothing can be found out.
fn uncertain_loss(head: &Head) -> Option<&Custom> {
    match &head.loss.kind {
        LossKind::Custom(custom) if !size::is_generic(&head.outputs) => Some(custom),
        LossKind::Custom(_) | LossKind::Named { .. } => None,
    }
}
