//! A struct whose name is not in camel case: rustc warns of it once, and not for each type that is called after it.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{File, Item};

use crate::case::plain;

/// The types of a model, of which only the struct itself may be warned of.
pub(super) fn warned_once(types: TokenStream, name: &Ident) -> TokenStream {
    if plain(name).starts_with(char::is_uppercase) && !plain(name).contains('_') {
        return types;
    }
    let Ok(mut file) = syn::parse2::<File>(types.clone()) else { return types };
    for item in &mut file.items {
        let (own, attributes) = match item {
            Item::Struct(item) => (&item.ident, &mut item.attrs),
            Item::Enum(item) => (&item.ident, &mut item.attrs),
            Item::Macro(item) => {
                item.mac.tokens = warned_once(item.mac.tokens.clone(), name);
                continue;
            }
            _ => continue,
        };
        if own != name {
            attributes.push(syn::parse_quote!(#[allow(non_camel_case_types)]));
        }
    }
    file.into_token_stream()
}
