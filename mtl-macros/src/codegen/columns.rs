//! The columns of tables that inputs and heads are read from.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use crate::case::plain;
use crate::emit::own::located;
use crate::graph::{Form, Head, Input, InputKind};

use super::inputs::span_of;
use super::plan::Plan;

/// The columns of an input.
pub(super) fn of_input(plan: &Plan<'_>, input: &Input) -> TokenStream {
    let (model, name, title) = (&plan.local.model, plain(&input.name), input.title.as_deref());
    let of_type = |kind: &TokenStream| of_categories(plan, &name, title, false, kind);
    match (&input.form, &input.kind) {
        (Form::Columns { columns, .. }, _) => {
            let columns = columns.iter().map(|column| self::column(plan, &plain(&column.name), Some(&column.title()), column.optional));
            quote!(#model::Columns::Named(&[#(#columns),*]))
        }
        (Form::Listed { name, .. }, _) => of_type(&quote!(#name)),
        (Form::Category(path), _) => of_type(&path.0),
        (Form::ClassOrUnknown, InputKind::Class(classes)) => {
            let (classes, title) = (plan.size(classes), title.unwrap_or(&name));
            quote! {
                #model::Columns::Named(&[#model::ColumnInfo {
                    name: #name,
                    title: #title,
                    optional: false,
                    categories: &[],
                    labels: &[],
                    unknown: ::core::option::Option::Some(#classes - 1),
                }])
            }
        }
        (Form::Plain | Form::ClassOrUnknown, InputKind::Real(_)) => {
            let width = plan.size(&plan.graph.values[input.value].size);
            without_names(plan, &name, title, false, &quote!(#model::FieldKind::Real { width: #width }))
        }
        (Form::Plain, InputKind::Class(_)) => {
            let column = column(plan, &name, title, false);
            quote!(#model::Columns::Named(&[#column]))
        }
    }
}

/// The columns of the target of a head, which a data set stores as `kind`.
pub(super) fn of_head(plan: &Plan<'_>, head: &Head, kind: &TokenStream) -> TokenStream {
    if let Form::Listed { .. } | Form::Category(_) = head.form {
        return of_categories(plan, &plain(&head.name), head.title.as_deref(), head.partial, &super::types::class_type(head));
    }
    without_names(plan, &plain(&head.name), head.title.as_deref(), head.partial, kind)
}

/// An item of a type of categories, written as if it stood where the type does. Where the type has no categories, all uses of it are the same error on its
/// path, which the compiler shows once.
pub(super) fn of_category(plan: &Plan<'_>, kind: &TokenStream, item: &str) -> TokenStream {
    let span = span_of(kind);
    let (mtl, item) = (located(plan.mtl, span), Ident::new(item, span));
    quote_spanned!(span=> <#kind as #mtl::__private::Category>::#item)
}

/// The column of a type of categories.
fn of_categories(plan: &Plan<'_>, name: &str, title: Option<&str>, optional: bool, kind: &TokenStream) -> TokenStream {
    let (model, title) = (&plan.local.model, title.unwrap_or(name));
    let [texts, labels, unknown] = ["TEXTS", "LABELS", "UNKNOWN"].map(|item| of_category(plan, kind, item));
    quote! {
        #model::Columns::Named(&[#model::ColumnInfo { name: #name, title: #title, optional: #optional, categories: #texts, labels: #labels, unknown: #unknown }])
    }
}

/// One column for one value, else numbered ones; const evaluation knows which.
fn without_names(plan: &Plan<'_>, name: &str, title: Option<&str>, optional: bool, kind: &TokenStream) -> TokenStream {
    let model = &plan.local.model;
    if let Some(title) = title.filter(|title| title.contains("{}")) {
        return quote!(#model::Columns::Numbered { title: #title });
    }
    let numbered = if title.is_some() {
        quote!(::core::option::Option::None)
    } else {
        let title = format!("{name}{{}}");
        quote!(::core::option::Option::Some(#title))
    };
    let column = column(plan, name, title, optional);
    quote!(#model::Columns::of(#kind, &[#column], #numbered))
}

/// A column that is no list of names.
fn column(plan: &Plan<'_>, name: &str, title: Option<&str>, optional: bool) -> TokenStream {
    let (model, title) = (&plan.local.model, title.unwrap_or(name));
    quote! {
        #model::ColumnInfo { name: #name, title: #title, optional: #optional, categories: &[], labels: &[], unknown: ::core::option::Option::None }
    }
}
