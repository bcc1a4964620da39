//! Types of the user's own: the one error for each that lacks what it is used for, and metrics of heads with losses of their own.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::custom::Custom;
use crate::emit::own::{absent, first_span, located, loss, output, probe, shape, shape_probe};
use crate::emit::size::generic_argument;
use crate::function::Function;
use crate::graph::{Graph, Head, LossKind, Metric};
use crate::size::{self, Dim};
use crate::suggest;
use crate::text;
use crate::vocabulary::{METRICS, Task};

/// The one error for each type of the user's own that lacks what it is used for.
pub(crate) fn assertions(graph: &Graph, mtl: &TokenStream) -> TokenStream {
    let steps = graph.nodes.iter().map(|node| match (node.operation.function(), node.operation.own()) {
        (Some(Function::Own(_, path)), _) => {
            let (path, mtl) = (&path.0, located(mtl, node.span));
            quote_spanned!(node.span=> const _: () = #mtl::__private::own::is_activation::<#path>();)
        }
        (_, Some(custom)) => {
            let from = &graph.values[node.inputs[0]];
            layer_assertions(custom, &from.size, &from.label, node.span, mtl)
        }
        (Some(Function::Named(_)) | None, None) => TokenStream::new(),
    });
    let heads = graph.heads.iter().map(|head| match &head.loss.kind {
        LossKind::Custom(custom) => loss_assertions(head, custom, mtl),
        LossKind::Named { .. } => TokenStream::new(),
    });
    steps.chain(heads).collect()
}

fn layer_assertions(custom: &Custom, input: &Dim, from: &str, span: Span, mtl: &TokenStream) -> TokenStream {
    if size::is_generic(input) {
        return TokenStream::new();
    }
    let mtl = located(mtl, span);
    let (path, mtl) = (&custom.path.0, &mtl);
    let (shape, shaped, written) = (shape(path, mtl), shape_probe(path, mtl), &custom.name);
    let (input, output) = (located(&generic_argument(input, mtl), span), located(&output(path, mtl), span));
    let other_size = format!(
        "`{written}` takes another number of values than `{from}` has\nhelp: give it generics that fit the flow; `_` stands for the size of what flows in"
    );
    let fits = quote_spanned!(span=> { (#shaped) && <#shape as #mtl::__private::layer::Shape>::INPUT == #input });
    let (single, both) = (probe(path, &input, &output, "SINGLE_LAYER", mtl), probe(path, &input, &output, "LAYER", mtl));
    let every_scalar =
        format!("`{written}` is a layer for `f32` alone\nhelp: implement `Layer` for it over every scalar: `impl<T: Scalar> Layer<.., T> for ..`");
    quote_spanned! {span=>
        const _: () = #mtl::__private::own::is_shaped::<#path>();
        const _: () = #mtl::__private::check::layer_takes(<#shape as #mtl::__private::layer::Shape>::INPUT, #input, #other_size);
        const _: () = #mtl::__private::own::is_layer::<#path, #fits, #input, #output>();
        const _: () = #mtl::__private::own::is_for_every_scalar(#single, #both, #every_scalar);
    }
}

fn loss_assertions(head: &Head, custom: &Custom, mtl: &TokenStream) -> TokenStream {
    if size::is_generic(&head.outputs) {
        return TokenStream::new();
    }
    let path = &custom.path.0;
    let span = first_span(path);
    let located_mtl = located(mtl, span);
    let (outputs, own) = (generic_argument(&head.outputs, mtl), quote_spanned!(span=> #located_mtl::__private::own));
    let (single, both) = (probe(path, &outputs, &quote!(0), "SINGLE_LOSS", mtl), probe(path, &outputs, &quote!(0), "LOSS", mtl));
    let written = text::tokens(path);
    let every_scalar =
        format!("`{written}` is a loss for `f32` alone\nhelp: implement `Loss` for it over every scalar: `impl<T: Scalar> Loss<.., T> for ..`");
    let metrics = head.metrics.iter().map(|metric| {
        let (kind, span) = (metric_type(metric, mtl), metric.field.span());
        let (goes, mtl) = (metric_probe(&kind, head, custom, mtl), located(mtl, span));
        let (name, of) = (&head.name, |classes: bool| {
            suggest::list(
                METRICS.iter().filter(|metric| metric.tasks.iter().any(|task| (*task == Task::Classes) == classes)).map(|metric| metric.name),
            )
        });
        let word = METRICS.iter().find(|known| known.type_name == metric.name).map_or(metric.name, |known| known.name);
        let message = format!(
            "head `{name}`: the metric `{word}` does not go with the targets of the loss `{written}`\nhelp: with numbers go {}; with classes go {}",
            of(false),
            of(true)
        );
        quote_spanned!(span=> const _: () = #mtl::__private::own::metric_goes_with_loss(#goes, #message);)
    });
    // Metrics are there where the standard library is.
    let metrics = (!head.metrics.is_empty()).then(|| quote!(#mtl::__private::with_std! { #(#metrics)* }));
    quote_spanned! {span=>
        const _: () = #own::is_loss::<#path, #outputs>();
        const _: () = #own::is_for_every_scalar(#single, #both, #every_scalar);
        #metrics
    }
}

/// The metric `kind` of a head with a loss of the user's own, or a stand-in, as an `Either`.
pub(crate) fn metric(kind: &TokenStream, head: &Head, custom: &Custom, mtl: &TokenStream) -> TokenStream {
    let (absent, goes) = (absent(0, mtl), metric_probe(kind, head, custom, mtl));
    quote!(#mtl::__private::own::Either<#kind, #absent, #goes>)
}

/// What metrics compare the predictions of a head with a loss of the user's own with.
pub(crate) fn measured(head: &Head, custom: &Custom, mtl: &TokenStream) -> TokenStream {
    let (loss, outputs) = (loss(custom, &head.outputs, mtl), generic_argument(&head.outputs, mtl));
    quote!(<<#loss as #mtl::__private::loss::Loss<#outputs, ::core::primitive::f64>>::Target as #mtl::__private::loss::Target<::core::primitive::f64>>::Measured)
}

/// The type of a metric.
pub(crate) fn metric_type(metric: &Metric, mtl: &TokenStream) -> TokenStream {
    let name = Ident::new(metric.name, Span::call_site());
    quote!(#mtl::__private::metric::#name)
}

fn metric_probe(kind: &TokenStream, head: &Head, custom: &Custom, mtl: &TokenStream) -> TokenStream {
    let (measured, outputs) = (measured(head, custom, mtl), generic_argument(&head.outputs, mtl));
    probe(&quote!((#kind, #measured)), &outputs, &quote!(0), "METRIC", mtl)
}
