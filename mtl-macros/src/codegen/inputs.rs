//! How users write inputs: arrays, structs of columns, enums of categories.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use crate::ast::{Categories, Column};
use crate::case::plain;
use crate::emit::size::words;
use crate::graph::{Form, Input, InputKind};

use super::Items;
use super::plan::Plan;

/// The types that inputs and the classes of heads have of their own.
pub(super) fn types(plan: &Plan<'_>) -> Items {
    let own = plan.graph.inputs.iter().map(|input| match &input.form {
        Form::Columns { name, columns, is_own: true } => self::columns(plan, input, name, columns),
        Form::Listed { name, categories: listed, is_own: true } => {
            let doc = format!("The categories of the input `{}` of [`{}`].", plain(&input.name), plan.graph.name);
            categories(plan, name, listed, &doc)
        }
        Form::Columns { .. } | Form::Listed { .. } | Form::Plain | Form::ClassOrUnknown | Form::Category(_) => Items::default(),
    });
    let of_heads = plan.graph.heads.iter().map(|head| match &head.form {
        Form::Listed { name, categories: listed, is_own: true } => {
            let doc = format!("The classes of the head `{}` of [`{}`].", plain(&head.name), plan.graph.name);
            categories(plan, name, listed, &doc)
        }
        Form::Columns { .. } | Form::Listed { .. } | Form::Plain | Form::ClassOrUnknown | Form::Category(_) => Items::default(),
    });
    own.chain(of_heads).collect()
}

/// The field of an input: its type, and a line on it.
pub(super) fn field(plan: &Plan<'_>, input: &Input) -> (TokenStream, String) {
    let scalar = &plan.scalar;
    match (&input.form, &input.kind) {
        (Form::Columns { name, columns, .. }, _) => {
            let names = columns.iter().map(|column| format!("`{}`", shown(column))).collect::<Vec<_>>().join(", ");
            (quote!(#name<#scalar>), format!("Input of {} columns: {names}.", columns.len()))
        }
        (Form::Listed { name, categories, .. }, _) => (quote!(#name), format!("Input: one of {}.", list(categories))),
        (Form::Category(path), _) => {
            let path = &path.0;
            (quote!(#path), "Input: a category.".to_owned())
        }
        (Form::Plain | Form::ClassOrUnknown, InputKind::Real(shape)) => {
            let array = shape.iter().rev().fold(quote!(#scalar), |inner, dim| {
                let length = plan.argument(dim);
                quote!([#inner; #length])
            });
            (array, format!("Input of shape `[{}]`.", shape.iter().map(words).collect::<Vec<_>>().join(", ")))
        }
        (Form::ClassOrUnknown, InputKind::Class(classes)) => {
            let doc = format!("Input: a class index below `{} - 1`, or `None` for what is unknown.", words(classes));
            (quote!(::core::option::Option<::core::primitive::usize>), doc)
        }
        (Form::Plain, InputKind::Class(classes)) => (quote!(::core::primitive::usize), format!("Input: a class index below `{}`.", words(classes))),
    }
}

/// Where a path of the user's stands.
pub(super) fn span_of(path: &TokenStream) -> Span {
    path.clone().into_iter().next().map_or_else(Span::call_site, |first| first.span())
}

/// A column as the language writes it.
pub(super) fn shown(column: &Column) -> String {
    format!("{}{}", plain(&column.name), if column.optional { "?" } else { "" })
}

/// The texts of categories, for docs.
pub(super) fn list(categories: &Categories) -> String {
    categories.variants.iter().map(|variant| format!("`{}`", variant.text)).collect::<Vec<_>>().join(", ")
}

/// Which columns may be missing, of an input where some may.
pub(super) fn optional(input: &Input) -> Option<Vec<bool>> {
    match &input.form {
        Form::Columns { columns, .. } if columns.iter().any(|column| column.optional) => Some(columns.iter().map(|column| column.optional).collect()),
        _ => None,
    }
}

/// What gives the numbers of a real input where they lie side by side: a slice of `self`.
pub(super) fn slice(plan: &Plan<'_>, input: &Input) -> Option<TokenStream> {
    let (mtl, field, scalar) = (plan.mtl, &input.name, &plan.scalar);
    match (&input.form, &input.kind) {
        (_, InputKind::Class(_)) => None,
        (Form::Columns { .. }, _) => optional(input).is_none().then(|| quote!(#mtl::__private::Flat::<#scalar>::as_slice(&self.#field))),
        (_, InputKind::Real(shape)) => Some(shape.iter().skip(1).fold(quote!(&self.#field), |inner, _| quote!(<[_]>::as_flattened(#inner)))),
    }
}

/// What gives one number of an input with columns that may be missing, by the number of its column: the arms of a match.
pub(super) fn cells(plan: &Plan<'_>, input: &Input) -> Option<TokenStream> {
    let Form::Columns { columns, .. } = &input.form else { return None };
    optional(input)?;
    let (mtl, field, scalar) = (plan.mtl, &input.name, &plan.scalar);
    let arms = columns.iter().enumerate().map(|(number, column)| {
        let name = &column.name;
        let value = if column.optional {
            quote!(::core::option::Option::unwrap_or(
                self.#field.#name,
                <#scalar as #mtl::__private::Scalar>::from_f64(::core::primitive::f64::NAN),
            ))
        } else {
            quote!(self.#field.#name)
        };
        quote!(#number => ::core::option::Option::Some(#value),)
    });
    Some(quote!(#(#arms)*))
}

/// The number of the class of an input of `self`.
pub(super) fn class(plan: &Plan<'_>, input: &Input) -> Option<TokenStream> {
    let (mtl, field) = (plan.mtl, &input.name);
    let index = |kind: &TokenStream| {
        let index = super::columns::of_category(plan, kind, "index");
        Some(quote!(#index(self.#field)))
    };
    match (&input.form, &input.kind) {
        (_, InputKind::Real(_)) => None,
        (Form::Listed { name, .. }, _) => index(&quote!(#name)),
        (Form::Category(path), _) => index(&path.0),
        (Form::ClassOrUnknown, InputKind::Class(classes)) => {
            let classes = plan.size(classes);
            Some(quote!(#mtl::__private::model::class_or_unknown(self.#field, #classes)))
        }
        (_, InputKind::Class(_)) => Some(quote!(self.#field)),
    }
}

/// The check of an input of `self`.
pub(super) fn check(plan: &Plan<'_>, number: usize, input: &Input) -> TokenStream {
    let (mtl, name, scalar) = (plan.mtl, plain(&input.name), &plan.scalar);
    if let InputKind::Class(classes) = &input.kind {
        let (classes, class) = (plan.size(classes), class(plan, input));
        if let Form::ClassOrUnknown = input.form {
            let field = &input.name;
            return quote! {
                if let ::core::option::Option::Some(__class) = self.#field {
                    #mtl::__private::model::check_class(#name, __class, #classes - 1)?;
                }
            };
        }
        return quote!(#mtl::__private::model::check_class(#name, #class, #classes)?;);
    }
    if let Form::Columns { .. } = input.form {
        let columns = super::columns::of_input(plan, input);
        return quote! {
            #mtl::__private::model::check_columns(
                #name,
                #mtl::__private::model::Columns::named(&const { #columns }),
                |__column| #mtl::__private::model::Record::<#scalar>::cell(self, #number, __column),
            )?;
        };
    }
    let all = slice(plan, input);
    quote!(#mtl::__private::model::check_real(#name, #all)?;)
}

/// The value of an input from a row of strings, `__fields`.
pub(super) fn from_fields(plan: &Plan<'_>, model: &TokenStream, number: usize, input: &Input) -> TokenStream {
    let mtl = plan.mtl;
    let info = quote!(&<#model as #mtl::__private::Model>::INPUTS[#number]);
    let category = |kind: &TokenStream| {
        let from_index = super::columns::of_category(plan, kind, "from_index");
        // As a closure: that a function is one is a second thing to prove of a type without categories, and a second error.
        quote!(__model::Fields::category(__fields, #info, |__number| #from_index(__number))?)
    };
    match (&input.form, &input.kind) {
        (Form::Columns { name, columns, .. }, _) => {
            let fields = columns.iter().enumerate().map(|(number, column)| {
                let (name, read) = (&column.name, if column.optional { quote!(optional) } else { quote!(real) });
                quote!(#name: __model::Fields::#read(__fields, #info, #number)?)
            });
            quote!(#name { #(#fields),* })
        }
        (Form::Listed { name, .. }, _) => category(&quote!(#name)),
        (Form::Category(path), _) => category(&path.0),
        (Form::ClassOrUnknown, InputKind::Class(_)) => quote!(__model::Fields::class_or_unknown(__fields, #info)?),
        (Form::Plain, InputKind::Class(_)) => quote!(__model::Fields::class(__fields, #info)?),
        (Form::Plain | Form::ClassOrUnknown, InputKind::Real(shape)) => {
            let (kind, _) = field(plan, input);
            let all = shape.iter().skip(1).fold(quote!(&mut __to), |inner, _| quote!(<[_]>::as_flattened_mut(#inner)));
            quote!({
                let mut __to: #kind = #mtl::__private::flat::zeroed();
                for (__column, __number) in ::core::iter::Iterator::enumerate(<[_]>::iter_mut(#all)) {
                    *__number = __model::Fields::real(__fields, #info, __column)?;
                }
                __to
            })
        }
    }
}

/// The struct of an input with columns by name.
fn columns(plan: &Plan<'_>, input: &Input, name: &Ident, columns: &[Column]) -> Items {
    let (mtl, scalar, visibility) = (plan.mtl, &plan.scalar, &plan.graph.visibility);
    let fields = columns.iter().map(|column| {
        let (attributes, name) = (&column.attributes, &column.name);
        let of = if column.title() == plain(name) { String::new() } else { format!(" Tables call it `{}`.", column.title()) };
        let (doc, kind) = if column.optional {
            (format!("A column that may be missing.{of}"), quote!(::core::option::Option<#scalar>))
        } else {
            (format!("A column.{of}"), quote!(#scalar))
        };
        quote!(#attributes #[doc = #doc] pub #name: #kind,)
    });
    let doc = format!("The columns of the input `{}` of [`{}`].", plain(&input.name), plan.graph.name);
    let types = quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq)]
        #[repr(C)]
        #visibility struct #name<#scalar = ::core::primitive::f32> { #(#fields)* }
    };
    // Numbers side by side are seen as one slice.
    let flat = optional(input).is_none().then(|| {
        let names = columns.iter().map(|column| &column.name);
        quote!(#mtl::__private::flat!([#scalar: #mtl::__private::Scalar] #name<#scalar> as #name over #scalar { #(#names: #scalar),* });)
    });
    let serde = serde_of_columns(plan, input, name, columns);
    Items { types, bodies: quote!(#flat #serde) }
}

/// The struct of an input with columns as a map of numbers.
fn serde_of_columns(plan: &Plan<'_>, input: &Input, name: &Ident, columns: &[Column]) -> TokenStream {
    let (mtl, scalar) = (plan.mtl, &plan.scalar);
    let (private, count, infos) = (quote!(#mtl::__private), columns.len(), super::columns::of_input(plan, input));
    let infos = quote!(#private::model::Columns::named(&const { #infos }));
    let written = columns.iter().map(|column| {
        let name = &column.name;
        let missing = quote!(<#scalar as #private::Scalar>::from_f64(::core::primitive::f64::NAN));
        if column.optional { quote!(::core::option::Option::unwrap_or(self.#name, #missing)) } else { quote!(self.#name) }
    });
    let read = columns.iter().enumerate().map(|(number, column)| {
        let (name, value) = (&column.name, quote!(__cells[#number]));
        if column.optional { quote!(#name: #private::model::serialized::present(#value)) } else { quote!(#name: #value) }
    });
    quote! {
        #private::with_std! {
            #[automatically_derived]
            impl<#scalar: #private::Scalar> #private::serde::Serialize for #name<#scalar> {
                fn serialize<__S: #private::serde::Serializer>(&self, __to: __S) -> ::core::result::Result<__S::Ok, __S::Error> {
                    #private::model::serialized::serialize_columns(#infos, [#(#written),*], __to)
                }
            }
            #[automatically_derived]
            impl<'de, #scalar: #private::Scalar> #private::serde::Deserialize<'de> for #name<#scalar> {
                fn deserialize<__D: #private::serde::Deserializer<'de>>(__from: __D) -> ::core::result::Result<Self, __D::Error> {
                    let __cells = #private::model::serialized::deserialize_columns::<#scalar, __D, #count>(#infos, __from)?;
                    ::core::result::Result::Ok(Self { #(#read),* })
                }
            }
        }
    }
}

/// The enum of categories that a declaration lists.
pub(super) fn categories(plan: &Plan<'_>, name: &Ident, categories: &Categories, doc: &str) -> Items {
    let (mtl, visibility) = (plan.mtl, &plan.graph.visibility);
    let private = quote!(#mtl::__private);
    let variants: Vec<&Ident> = categories.variants.iter().map(|variant| &variant.name).collect();
    let texts: Vec<&str> = categories.variants.iter().map(|variant| variant.text.as_str()).collect();
    let labels = categories.variants.iter().map(|variant| crate::category::label(&variant.text, &variant.name));
    let numbers: Vec<usize> = (0..variants.len()).collect();
    let last = variants.len() - 1;
    let docs = texts.iter().enumerate().map(|(number, text)| {
        if categories.has_unknown && number == last { "What is none of the others.".to_owned() } else { format!("`{text}` in tables.") }
    });
    let attributes = categories.variants.iter().map(|variant| &variant.attributes);
    let unknown = if categories.has_unknown { quote!(::core::option::Option::Some(#last)) } else { quote!(::core::option::Option::None) };
    let error = format_ident!("Error");
    let types = quote! {
        #[doc = #doc]
        #[derive(
            ::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq, ::core::cmp::Eq,
            ::core::cmp::PartialOrd, ::core::cmp::Ord, ::core::hash::Hash,
        )]
        #[allow(dead_code, non_camel_case_types, clippy::all, clippy::pedantic)]
        #visibility enum #name { #(#attributes #[doc = #docs] #variants,)* }
    };
    let bodies = quote! {
        #[automatically_derived]
        impl #private::Category for #name {
            const TEXTS: &'static [&'static ::core::primitive::str] = &[#(#texts),*];
            const LABELS: &'static [&'static ::core::primitive::str] = &[#(#labels),*];
            const UNKNOWN: ::core::option::Option<::core::primitive::usize> = #unknown;
            fn index(self) -> ::core::primitive::usize {
                match self { #(Self::#variants => #numbers,)* }
            }
            fn from_index(__number: ::core::primitive::usize) -> ::core::option::Option<Self> {
                match __number {
                    #(#numbers => ::core::option::Option::Some(Self::#variants),)*
                    _ => ::core::option::Option::None,
                }
            }
        }
        #[automatically_derived]
        impl ::core::str::FromStr for #name {
            type Err = #private::category::UnknownCategory;
            fn from_str(__text: &::core::primitive::str) -> ::core::result::Result<Self, #private::category::UnknownCategory> {
                <Self as #private::Category>::from_text(__text)
            }
        }
        #[automatically_derived]
        impl ::core::fmt::Display for #name {
            fn fmt(&self, __formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Formatter::pad(__formatter, <Self as #private::Category>::text(*self))
            }
        }
        #[automatically_derived]
        impl ::core::convert::TryFrom<::core::primitive::usize> for #name {
            type #error = #private::loss::TargetError;
            fn try_from(__number: ::core::primitive::usize) -> ::core::result::Result<Self, #private::loss::TargetError> {
                ::core::option::Option::ok_or(
                    <Self as #private::Category>::from_index(__number),
                    #private::loss::TargetError::ClassOutOfRange { class: __number, classes: <Self as #private::Category>::COUNT },
                )
            }
        }
        #private::with_std! {
            #[automatically_derived]
            impl #private::serde::Serialize for #name {
                fn serialize<__S: #private::serde::Serializer>(&self, __to: __S) -> ::core::result::Result<__S::Ok, __S::Error> {
                    #private::category::serialize(*self, __to)
                }
            }
            #[automatically_derived]
            impl<'de> #private::serde::Deserialize<'de> for #name {
                fn deserialize<__D: #private::serde::Deserializer<'de>>(__from: __D) -> ::core::result::Result<Self, __D::Error> {
                    #private::category::deserialize(__from)
                }
            }
        }
    };
    Items { types, bodies }
}
