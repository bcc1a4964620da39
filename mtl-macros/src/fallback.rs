//! The items that stand in for a model with errors, so that code which uses it gives no second wave of errors.

use proc_macro2::TokenStream;

use crate::resolve::Model;
use crate::shape::Trace;

/// The public types of the model, as far as they are known.
pub(crate) fn items(_model: &Model, _trace: &Trace, _facade: &TokenStream) -> TokenStream {
    TokenStream::new()
}
