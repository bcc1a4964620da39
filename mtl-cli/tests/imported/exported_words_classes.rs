mtl::multitask! {
    #[independent]
    pub struct Net {
        input a: class(5);
        input b: one_of { North, TheSouth = "the \"south\"", unknown };
        input c: class(4, unknown);

        head y = (a -> Embedding(3), b -> OneHot, c -> Embedding(2)) -> Concat -> Dense(2, softmax) { loss: categorical_cross_entropy, classes: { Low, High } }
        head z = c -> Embedding(1) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/exported_words_classes.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { a: 4, b: NetB::North, c: None },
                &[&[0.7945726, 0.20542736], &[-0.335778]],
            ),
            (
                NetInputs { a: 4, b: NetB::TheSouth, c: None },
                &[&[0.8460816, 0.15391846], &[-0.335778]],
            ),
            (
                NetInputs { a: 4, b: NetB::Unknown, c: None },
                &[&[0.82217455, 0.17782548], &[-0.335778]],
            ),
            (
                NetInputs { a: 4, b: NetB::North, c: None },
                &[&[0.7945726, 0.20542736], &[-0.335778]],
            ),
        ];
        for (row, (inputs, heads)) in rows.iter().enumerate() {
            let outputs = MODEL.predict(inputs);
            for (head, expected) in heads.iter().enumerate() {
                let found = <Net as mtl::Model>::output_numbers(&outputs, head);
                assert_eq!(found.len(), expected.len());
                for (&found, &expected) in found.iter().zip(*expected) {
                    let bound = 1e-5 * expected.abs().max(1.0);
                    assert!((found - expected).abs() <= bound, "row {row}, head {head}: {found}, and {expected} in the source");
                }
            }
        }
    }
}
