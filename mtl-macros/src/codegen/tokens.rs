//! Sizes, numbers and layers of the graph as tokens.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::dim;
use crate::graph::{Activation, Dim, Number, Operation, Pooling, Recurrent, Window};
use crate::own;

/// A size as an expression of type `usize`.
pub(super) fn size(dim: &Dim, mtl: &TokenStream) -> TokenStream {
    match dim {
        Dim::Literal(value) => {
            let literal = Literal::usize_suffixed(*value);
            quote!(#literal)
        }
        // As a generic argument: should the constant be of another type, rustc says so at the user's token, and once.
        Dim::Constant(tokens) => {
            let tokens = &tokens.0;
            quote!(#mtl::__private::check::size::<{ #tokens }>())
        }
        Dim::Generic(name) => quote!(#name),
        Dim::Sum(terms) => {
            let terms = terms.iter().map(|term| size(term, mtl));
            quote!((#(#terms)+*))
        }
        Dim::Product(factors) => {
            // `quote!` does not take `*` as a separator.
            let mut product = TokenStream::new();
            for (number, factor) in factors.iter().enumerate() {
                if number > 0 {
                    product.extend(quote!(*));
                }
                product.extend(size(factor, mtl));
            }
            quote!((#product))
        }
        Dim::Places { along, size, stride, padded } => {
            let (along, size, stride) = (self::size(along, mtl), self::size(size, mtl), self::size(stride, mtl));
            quote!(#mtl::__private::layer::places(#along, #size, #stride, #padded))
        }
        Dim::OutputOf(path) => {
            let shape = own::shape(&path.0, mtl);
            quote!(<#shape as #mtl::__private::layer::Shape>::OUTPUT)
        }
    }
}

/// A size as a generic argument or an array length.
pub(super) fn argument(dim: &Dim, mtl: &TokenStream) -> TokenStream {
    match dim {
        Dim::Literal(_) | Dim::Generic(_) => size(dim, mtl),
        Dim::Constant(tokens) => {
            let tokens = &tokens.0;
            quote!({ #tokens })
        }
        Dim::Sum(_) | Dim::Product(_) | Dim::Places { .. } | Dim::OutputOf(_) => {
            let size = size(dim, mtl);
            quote!({ #size })
        }
    }
}

/// A size in words, for docs: `64`, `RECORD`, `RECORD + 64`.
pub(super) fn words(dim: &Dim) -> String {
    match dim {
        Dim::Literal(value) => value.to_string(),
        Dim::Constant(tokens) => tokens.0.to_string().replace(" :: ", "::"),
        Dim::Generic(name) => name.to_string(),
        Dim::Sum(terms) => terms.iter().map(words).collect::<Vec<_>>().join(" + "),
        Dim::Product(factors) => factors
            .iter()
            .map(|factor| if matches!(factor, Dim::Sum(_)) { format!("({})", words(factor)) } else { words(factor) })
            .collect::<Vec<_>>()
            .join(" * "),
        Dim::Places { .. } => dim::text(dim),
        Dim::OutputOf(path) => format!("{}::OUTPUT", path.0.to_string().replace(' ', "")),
    }
}

/// A real number as an expression of type `f64`.
pub(super) fn number(number: &Number) -> TokenStream {
    match number {
        Number::Literal(value) => {
            let literal = Literal::f64_suffixed(*value);
            quote!(#literal)
        }
        // All of it stands at the user's token, so that what rustc says about a constant of another type stands there, and once.
        Number::Expression(tokens) => {
            let tokens = &tokens.0;
            let span = Span::call_site().located_at(own::first_span(tokens));
            quote_spanned!(span=> { (#tokens) as f64 })
        }
    }
}

/// A whole number as an expression of type `usize`.
pub(super) fn count(number: &Number) -> TokenStream {
    match number {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a whole number")]
        Number::Literal(value) => {
            let literal = Literal::usize_suffixed(*value as usize);
            quote!(#literal)
        }
        Number::Expression(tokens) => {
            let tokens = &tokens.0;
            quote!({ (#tokens) as usize })
        }
    }
}

/// How the runtime's modules are called where code stands.
///
/// What is written once for each layer calls them by a short name, which one `use` in the function or constant around it
/// declares: the expansion of a deep model is half as long for it, and the time to compile follows its length.
pub(super) struct Paths {
    pub(super) layer: TokenStream,
    pub(super) activation: TokenStream,
    pub(super) initializer: TokenStream,
    pub(super) kernel: TokenStream,
    pub(super) model: TokenStream,
}

impl Paths {
    pub(super) fn absolute(mtl: &TokenStream) -> Self {
        Self {
            layer: quote!(#mtl::__private::layer),
            activation: quote!(#mtl::__private::activation),
            initializer: quote!(#mtl::__private::init::Initializer),
            kernel: quote!(#mtl::__private::kernel),
            model: quote!(#mtl::__private::model),
        }
    }

    pub(super) fn local() -> Self {
        Self {
            layer: quote!(__layer),
            activation: quote!(__activation),
            initializer: quote!(__Initializer),
            kernel: quote!(__kernel),
            model: quote!(__model),
        }
    }

    /// The declaration of the local names: the first thing in a body that uses them.
    pub(super) fn imports(mtl: &TokenStream) -> TokenStream {
        quote! {
            #[allow(unused_imports)]
            use #mtl::__private::{activation as __activation, init::Initializer as __Initializer, kernel as __kernel, layer as __layer, model as __model};
        }
    }
}

pub(super) fn activation(activation: &Activation, mtl: &TokenStream, paths: &Paths) -> TokenStream {
    match activation {
        Activation::Named(name) => {
            let (name, module) = (Ident::new(name, proc_macro2::Span::call_site()), &paths.activation);
            quote!(#module::#name)
        }
        Activation::Path(_, path) => own::activation(&path.0, mtl),
    }
}

/// The cell of a recurrent layer.
pub(super) fn cell(recurrent: &Recurrent, paths: &Paths) -> TokenStream {
    let (name, layer) = (Ident::new(recurrent.cell.type_name(), proc_macro2::Span::call_site()), &paths.layer);
    quote!(#layer::#name)
}

/// How many biases a recurrent layer has.
pub(super) fn biases(recurrent: &Recurrent) -> TokenStream {
    let biases = if recurrent.bias { recurrent.cell.biases() } else { 0 };
    quote!(#biases)
}

/// The constant that describes a recurrent layer.
pub(super) fn recurrent(recurrent: &Recurrent, mtl: &TokenStream, paths: &Paths) -> TokenStream {
    let (kind, initializers) = (recurrent_type(recurrent, mtl, paths), &paths.initializer);
    let initializer = Ident::new(&recurrent.initializer, proc_macro2::Span::call_site());
    quote!(const { <#kind>::new(#initializers::#initializer) })
}

/// The type of a recurrent layer.
pub(super) fn recurrent_type(recurrent: &Recurrent, mtl: &TokenStream, paths: &Paths) -> TokenStream {
    let (layer, cell, biases, rows) = (&paths.layer, cell(recurrent, paths), biases(recurrent), argument(&recurrent.rows(), mtl));
    let [time, features, units] = [&recurrent.time, &recurrent.features, &recurrent.units].map(|dim| argument(dim, mtl));
    quote!(#layer::Recurrent<#cell, #time, #features, #units, #rows, #biases>)
}

/// A window as an expression.
pub(super) fn window(window: &Window, mtl: &TokenStream, paths: &Paths) -> TokenStream {
    let (layer, padded) = (&paths.layer, window.padded);
    let sizes = |dims: &[Dim]| dims.iter().map(|dim| size(dim, mtl)).collect::<Vec<_>>();
    let (image, size, stride) = (sizes(&window.image), sizes(&window.size), sizes(&window.stride));
    quote!(#layer::Window::new([#(#image),*], [#(#size),*], [#(#stride),*], #padded))
}

/// The type that describes a layer, and the constant expression of that type.
pub(super) struct Descriptor {
    pub(super) kind: TokenStream,
    pub(super) value: TokenStream,
}

/// The descriptor of an operation that is a `Layer` from `input` to `output` values; `None` for those with functions of their own.
pub(super) fn descriptor(operation: &Operation, input: &Dim, mtl: &TokenStream, paths: &Paths) -> Option<Descriptor> {
    let layer = &paths.layer;
    let n = argument(input, mtl);
    let (kind, arguments) = match operation {
        Operation::Dense { units, activation: function, bias, initializer, .. } => {
            let units = argument(units, mtl);
            let bias = if *bias { units.clone() } else { quote!(0usize) };
            let function = activation(function, mtl, paths);
            let (initializer, initializers) = (Ident::new(initializer, proc_macro2::Span::call_site()), &paths.initializer);
            (quote!(#layer::Dense<#n, #units, #bias, #function>), quote!(#initializers::#initializer))
        }
        Operation::Convolution { window, units, activation: function, bias, initializer, .. } => {
            let (patch, units) = (argument(&window.patch(), mtl), argument(units, mtl));
            let bias = if *bias { units.clone() } else { quote!(0usize) };
            let (function, window) = (activation(function, mtl, paths), self::window(window, mtl, paths));
            let (initializer, initializers) = (Ident::new(initializer, proc_macro2::Span::call_site()), &paths.initializer);
            (quote!(#layer::Convolution<#patch, #units, #bias, #function>), quote!(#window, #initializers::#initializer))
        }
        Operation::Pool { pooling, window } => {
            let (channels, arguments) = (argument(&window.image[2], mtl), self::window(window, mtl, paths));
            let kind = match pooling {
                Pooling::Max => quote!(#layer::MaxPool<#channels>),
                Pooling::Average => quote!(#layer::AveragePool<#channels>),
            };
            (kind, arguments)
        }
        Operation::Dropout { rate } => {
            let rate = number(rate);
            (quote!(#layer::Dropout<#n>), rate)
        }
        Operation::LayerNorm { epsilon } => {
            let epsilon = number(epsilon);
            (quote!(#layer::LayerNorm<#n>), epsilon)
        }
        Operation::Normalize => (quote!(#layer::Normalize<#n>), quote!()),
        Operation::GaussianNoise { stddev } => {
            let stddev = number(stddev);
            (quote!(#layer::GaussianNoise<#n>), stddev)
        }
        Operation::Activation(function) => {
            let function = activation(function, mtl, paths);
            (quote!(#layer::Activate<#n, #function>), quote!())
        }
        Operation::Softmax => (quote!(#layer::Softmax<#n>), quote!()),
        Operation::Custom(custom) => {
            let kind = own::layer(custom, input, mtl);
            let value = own::value(custom, &kind);
            return Some(Descriptor { kind, value });
        }
        Operation::BatchNorm { .. }
        | Operation::Concat
        | Operation::Add
        | Operation::Multiply
        | Operation::Average
        | Operation::Maximum
        | Operation::Embedding { .. }
        | Operation::OneHot { .. }
        | Operation::Reshape
        | Operation::Recurrent(_)
        | Operation::CrossStitch { .. }
        | Operation::Mixture { .. } => return None,
    };
    let value = quote!(const { <#kind>::new(#arguments) });
    Some(Descriptor { kind, value })
}
