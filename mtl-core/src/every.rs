//! What "every" means in a test: the names that a module shows, made by the macro that shows them.

/// Re-exports types and makes the enum of their names, which a test goes over and matches without `_`: whoever adds a name is led to the tests.
macro_rules! every {
    ($($file:ident::$name:ident),+ $(,)?) => {
        $(pub use $file::$name;)+

        /// Every type of this module that has a name in the language.
        #[doc(hidden)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the names of the types")]
        pub enum Every {
            $($name),+
        }

        impl Every {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];
        }
    };
}
pub(crate) use every;
