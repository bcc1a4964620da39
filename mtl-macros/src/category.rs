//! `#[derive(mtl::Category)]`: an enum of the user's own as a type of categories.

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, Ident, LitStr, Path};

use crate::case::plain;
use crate::diagnostic::{Diagnostics, Place};
use crate::parse::table::alike;

/// A variant with its text.
struct Variant {
    name: Ident,
    text: String,
    /// Where its text stands, or its name.
    place: Place,
}

/// What the attributes `#[category(..)]` of an enum or of a variant say.
#[derive(Default)]
struct Said {
    text: Option<LitStr>,
    unknown: Option<Place>,
    facade: Option<Path>,
}

/// The implementation, or the errors.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let input = match syn::parse2::<DeriveInput>(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let implementation = implementation(&mut diagnostics, &input);
    if diagnostics.count() > 0 {
        let stand_in = stand_in(&input);
        return diagnostics.finish().iter().map(crate::diagnostic::Diagnostic::tokens).chain([stand_in]).collect();
    }
    implementation
}

/// An implementation of a type that cannot have one, so that what uses the type is no second error.
fn stand_in(input: &DeriveInput) -> TokenStream {
    let (name, (generics, arguments, bounds)) = (&input.ident, input.generics.split_for_impl());
    let facade = said(&mut Diagnostics::default(), &input.attrs).facade.map_or_else(|| quote!(::mtl), |path| quote!(#path));
    let variants = if let Data::Enum(data) = &input.data { data.variants.len() } else { 0 };
    // Two at least, as there must be something to choose from.
    let texts = (0..variants.max(2)).map(|number| number.to_string());
    quote! {
        #[automatically_derived]
        impl #generics #facade::Category for #name #arguments #bounds {
            const TEXTS: &'static [&'static ::core::primitive::str] = &[#(#texts),*];
            const UNKNOWN: ::core::option::Option<::core::primitive::usize> = ::core::option::Option::None;
            fn index(self) -> ::core::primitive::usize {
                0
            }
            fn from_index(_: ::core::primitive::usize) -> ::core::option::Option<Self> {
                ::core::option::Option::None
            }
        }
    }
}

/// What reports and pictures call a category: its text, or its name where that is a number and says nothing.
pub(crate) fn label(text: &str, name: &Ident) -> String {
    if text.parse::<f64>().is_ok() { plain(name) } else { text.to_owned() }
}

fn implementation(diagnostics: &mut Diagnostics, input: &DeriveInput) -> TokenStream {
    let name = &input.ident;
    let facade = said(diagnostics, &input.attrs).facade.map_or_else(|| quote!(::mtl), |path| quote!(#path));
    let Data::Enum(data) = &input.data else {
        diagnostics.report(name, format!("`{name}` is no enum, and has no categories"), "derive `Category` for an enum of variants without fields");
        return TokenStream::new();
    };
    if let Some(parameter) = input.generics.params.first() {
        let help = "write the enum without parameters";
        diagnostics.report(parameter.span(), format!("`{name}` has parameters, and its categories must be known without them"), help);
    }
    let mut variants: Vec<Variant> = Vec::new();
    let mut unknown = None;
    for (number, variant) in data.variants.iter().enumerate() {
        if !matches!(variant.fields, Fields::Unit) {
            let fault = format!("the variant `{}` has fields, and a category is a name alone", variant.ident);
            diagnostics.report(variant.fields.span(), fault, "take the fields out");
        }
        let said = said(diagnostics, &variant.attrs);
        if let Some(place) = said.unknown {
            if number + 1 < data.variants.len() {
                let fault = format!("`{}` stands for all that is none of the others, and is not the last", variant.ident);
                diagnostics.report(place, fault, "put it last");
            }
            unknown = Some(number);
        }
        let place = said.text.as_ref().map_or_else(|| Place::from(&variant.ident), |text| text.span().into());
        let text = said.text.map_or_else(|| plain(&variant.ident), |text| text.value());
        if text.trim().is_empty() {
            let fault = format!("the text of `{}` is empty, as a missing cell is", variant.ident);
            diagnostics.report(place, fault, "write what tables hold, or mark the last variant with `#[category(unknown)]`");
        } else if let Some(other) = variants.iter().find(|other| alike(&other.text, &text)) {
            let fault = format!("the texts of `{}` and `{}` are alike: `{}` and `{text}`", other.name, variant.ident, other.text);
            diagnostics.report(place, fault, "give them texts that differ by more than the case of letters, blanks, `-` and `_`");
        }
        variants.push(Variant { name: variant.ident.clone(), text, place });
    }
    if let [] | [_] = &variants[..] {
        let place = variants.first().map_or_else(|| Place::from(name), |only| only.place);
        let count = if variants.is_empty() { "no category" } else { "one category" };
        diagnostics.report(place, format!("`{name}` has {count}, and nothing to choose from"), "write two variants at least");
    }
    let (names, texts) = (variants.iter().map(|variant| &variant.name).collect::<Vec<_>>(), variants.iter().map(|variant| &variant.text));
    let labels = variants.iter().map(|variant| label(&variant.text, &variant.name));
    let numbers = (0..variants.len()).collect::<Vec<_>>();
    let unknown = unknown.map_or_else(|| quote!(::core::option::Option::None), |number: usize| quote!(::core::option::Option::Some(#number)));
    quote! {
        #[automatically_derived]
        impl #facade::Category for #name {
            const TEXTS: &'static [&'static ::core::primitive::str] = &[#(#texts),*];
            const LABELS: &'static [&'static ::core::primitive::str] = &[#(#labels),*];
            const UNKNOWN: ::core::option::Option<::core::primitive::usize> = #unknown;
            fn index(self) -> ::core::primitive::usize {
                match self { #(Self::#names => #numbers,)* }
            }
            fn from_index(__number: ::core::primitive::usize) -> ::core::option::Option<Self> {
                match __number {
                    #(#numbers => ::core::option::Option::Some(Self::#names),)*
                    _ => ::core::option::Option::None,
                }
            }
        }
    }
}

/// Reads `#[category("male")]`, `#[category(unknown)]`, `#[category(crate = path)]`.
fn said(diagnostics: &mut Diagnostics, attributes: &[syn::Attribute]) -> Said {
    const HELP: &str = "write `#[category(\"what tables hold\")]`, or `#[category(unknown)]` on the last variant";
    let mut said = Said::default();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("category")) {
        let read = attribute.parse_args_with(|input: syn::parse::ParseStream<'_>| {
            while !input.is_empty() {
                if input.peek(LitStr) {
                    said.text = Some(input.parse()?);
                } else if input.peek(syn::Token![crate]) {
                    input.parse::<syn::Token![crate]>()?;
                    input.parse::<syn::Token![=]>()?;
                    said.facade = Some(input.parse()?);
                } else {
                    let word = input.parse::<Ident>()?;
                    if word != "unknown" {
                        return Err(syn::Error::new(word.span(), "no such word"));
                    }
                    said.unknown = Some((&word).into());
                }
                if !input.is_empty() {
                    input.parse::<syn::Token![,]>()?;
                }
            }
            Ok(())
        });
        if let Err(error) = read {
            diagnostics.report(error.span(), "`#[category(..)]` takes the text of a category, or `unknown`", HELP);
        }
    }
    said
}
