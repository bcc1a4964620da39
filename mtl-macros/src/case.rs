//! Names in other spellings.

use proc_macro2::Ident;

/// A name as text, without `r#`.
pub(crate) fn plain(name: &Ident) -> String {
    let text = name.to_string();
    text.strip_prefix("r#").map_or_else(|| text.clone(), ToOwned::to_owned)
}

/// `hidden_layer` as `HiddenLayer`.
pub(crate) fn camel(name: &str) -> String {
    let mut result = String::with_capacity(name.len());
    for word in name.strip_prefix("r#").unwrap_or(name).split('_') {
        let mut letters = word.chars();
        result.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        result.extend(letters);
    }
    result
}

/// `HiddenLayer` as `hidden_layer`, `GRUCell` as `gru_cell`, `Conv2D` as `conv2d`, as in Keras.
pub(crate) fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut result = String::with_capacity(name.len() + 4);
    for (index, &letter) in letters.iter().enumerate() {
        let begins_word = letter.is_uppercase()
            && index > 0
            && letters[index - 1] != '_'
            && !letters[index - 1].is_ascii_digit()
            && (!letters[index - 1].is_uppercase() || letters.get(index + 1).is_some_and(|next| next.is_lowercase()));
        if begins_word {
            result.push('_');
        }
        result.extend(letter.to_lowercase());
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_names() {
        assert_eq!(snake("BatchNorm"), "batch_norm");
        assert_eq!(snake("GRUCell"), "gru_cell");
        assert_eq!(snake("Conv2D"), "conv2d");
        assert_eq!(snake("MaxPool1D"), "max_pool1d");
        assert_eq!(snake("Scale"), "scale");
    }
}
