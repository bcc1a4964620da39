//! Graph to items.

use proc_macro2::TokenStream;

use crate::graph::Graph;

/// The items of a model.
pub(crate) fn model(_graph: &Graph, _facade: &TokenStream) -> TokenStream {
    TokenStream::new()
}
