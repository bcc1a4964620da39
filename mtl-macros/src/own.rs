//! Types of the user's own, named so that one error says what they lack: `mtl_core::own` has the other half.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::parse::Parser;

use crate::dim;
use crate::graph::{Activation, Custom, Dim, Graph, Head, LossKind, Metric, Operation};
use crate::suggest;
use crate::text;
use crate::vocabulary::{METRICS, Task};

/// An activation's type, or a stand-in.
pub(crate) fn activation(path: &TokenStream, mtl: &TokenStream) -> TokenStream {
    either(path, &quote!(#mtl::__private::activation::Linear), &probe(path, &quote!(0), &quote!(0), "ACTIVATION", mtl), mtl)
}

/// A type that says how many values it takes and gives: a layer's, or a stand-in.
pub(crate) fn shape(path: &TokenStream, mtl: &TokenStream) -> TokenStream {
    either(path, &absent(0, mtl), &shape_probe(path, mtl), mtl)
}

/// A layer's type, or a stand-in.
pub(crate) fn layer(custom: &Custom, input: &Dim, mtl: &TokenStream) -> TokenStream {
    let path = &custom.path.0;
    // Nothing can be found out about a type that depends on the const generics of the struct.
    if dim::is_generic(input) {
        return path.clone();
    }
    let (input, output) = (dim::generic_argument(input, mtl), output(path, mtl));
    either(path, &absent(arguments(custom), mtl), &probe(path, &input, &output, "LAYER", mtl), mtl)
}

/// A loss's type, or a stand-in.
pub(crate) fn loss(custom: &Custom, outputs: &Dim, mtl: &TokenStream) -> TokenStream {
    let path = &custom.path.0;
    if dim::is_generic(outputs) {
        return path.clone();
    }
    let outputs = dim::generic_argument(outputs, mtl);
    either(path, &absent(arguments(custom), mtl), &probe(path, &outputs, &quote!(0), "LOSS", mtl), mtl)
}

/// The metric `kind` of a head with a loss of the user's own, or a stand-in, as an `Either`.
pub(crate) fn metric(kind: &TokenStream, head: &Head, custom: &Custom, mtl: &TokenStream) -> TokenStream {
    let (absent, goes) = (absent(0, mtl), metric_probe(kind, head, custom, mtl));
    quote!(#mtl::__private::own::Either<#kind, #absent, #goes>)
}

/// What metrics compare the predictions of a head with a loss of the user's own with.
pub(crate) fn measured(head: &Head, custom: &Custom, mtl: &TokenStream) -> TokenStream {
    let (loss, outputs) = (loss(custom, &head.outputs, mtl), dim::generic_argument(&head.outputs, mtl));
    quote!(<<#loss as #mtl::__private::loss::Loss<#outputs, ::core::primitive::f64>>::Target as #mtl::__private::loss::Target<::core::primitive::f64>>::Measured)
}

/// The value of a layer or loss: `kind` is its type or the stand-in. What is wrong with `new` rustc says at the user's path, and once.
pub(crate) fn value(custom: &Custom, kind: &TokenStream) -> TokenStream {
    let span = Span::call_site().located_at(first_span(&custom.path.0));
    let (kind, arguments) = (located(kind, span), &custom.arguments.0);
    quote_spanned!(span=> const { <#kind>::new(#arguments) })
}

/// Where tokens of the user's begin.
pub(crate) fn first_span(tokens: &TokenStream) -> Span {
    tokens.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}

/// The one error for each type of the user's own that lacks what it is used for.
pub(crate) fn assertions(graph: &Graph, mtl: &TokenStream) -> TokenStream {
    let steps = graph.nodes.iter().map(|node| match &node.operation {
        Operation::Activation(Activation::Path(_, path)) => {
            let (path, mtl) = (&path.0, located(mtl, node.span));
            quote_spanned!(node.span=> const _: () = #mtl::__private::own::is_activation::<#path>();)
        }
        Operation::Custom(custom) => {
            let from = &graph.values[node.inputs[0]];
            layer_assertions(custom, &from.size, &from.label, node.span, mtl)
        }
        _ => TokenStream::new(),
    });
    let heads = graph.heads.iter().map(|head| match &head.loss.kind {
        LossKind::Custom(custom) => loss_assertions(head, custom, mtl),
        LossKind::Named { .. } => TokenStream::new(),
    });
    steps.chain(heads).collect()
}

fn layer_assertions(custom: &Custom, input: &Dim, from: &str, span: Span, mtl: &TokenStream) -> TokenStream {
    if dim::is_generic(input) {
        return TokenStream::new();
    }
    let mtl = located(mtl, span);
    let (path, mtl) = (&custom.path.0, &mtl);
    let (shape, shaped, written) = (shape(path, mtl), shape_probe(path, mtl), &custom.name);
    let (input, output) = (located(&dim::generic_argument(input, mtl), span), located(&output(path, mtl), span));
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
    if dim::is_generic(&head.outputs) {
        return TokenStream::new();
    }
    let path = &custom.path.0;
    let span = first_span(path);
    let located_mtl = located(mtl, span);
    let (outputs, own) = (dim::generic_argument(&head.outputs, mtl), quote_spanned!(span=> #located_mtl::__private::own));
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

/// The type of a metric.
pub(crate) fn metric_type(metric: &Metric, mtl: &TokenStream) -> TokenStream {
    let name = Ident::new(metric.name, Span::call_site());
    quote!(#mtl::__private::metric::#name)
}

fn metric_probe(kind: &TokenStream, head: &Head, custom: &Custom, mtl: &TokenStream) -> TokenStream {
    let (measured, outputs) = (measured(head, custom, mtl), dim::generic_argument(&head.outputs, mtl));
    probe(&quote!((#kind, #measured)), &outputs, &quote!(0), "METRIC", mtl)
}

fn shape_probe(path: &TokenStream, mtl: &TokenStream) -> TokenStream {
    probe(path, &quote!(0), &quote!(0), "SHAPE", mtl)
}

/// How many values a layer gives, as a generic argument.
fn output(path: &TokenStream, mtl: &TokenStream) -> TokenStream {
    let shape = shape(path, mtl);
    quote!({ <#shape as #mtl::__private::layer::Shape>::OUTPUT })
}

/// A block that says whether a type has a trait.
fn probe(subject: &TokenStream, input: &TokenStream, output: &TokenStream, what: &str, mtl: &TokenStream) -> TokenStream {
    let what = Ident::new(what, Span::call_site());
    quote! {{
        #[allow(unused_imports)]
        use #mtl::__private::own::Otherwise as _;
        #mtl::__private::own::Probe::<#subject, #input, #output>::#what
    }}
}

fn either(path: &TokenStream, stand_in: &TokenStream, first: &TokenStream, mtl: &TokenStream) -> TokenStream {
    quote!(<#mtl::__private::own::Either<#path, #stand_in, #first> as #mtl::__private::own::Chosen>::Type)
}

fn absent(arguments: usize, mtl: &TokenStream) -> TokenStream {
    quote!(#mtl::__private::own::Absent<#arguments>)
}

fn arguments(custom: &Custom) -> usize {
    let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
    parser.parse2(custom.arguments.0.clone()).map_or(0, |arguments| arguments.len())
}

/// The facade's path as if it were written at `span`: an error in a call through it stands there, and not under the whole macro.
pub(crate) fn located(mtl: &TokenStream, span: Span) -> TokenStream {
    mtl.clone()
        .into_iter()
        .map(|mut token| {
            token.set_span(token.span().located_at(span));
            token
        })
        .collect()
}
