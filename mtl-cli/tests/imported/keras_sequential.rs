mtl::multitask! {
    pub struct Net {
        input x: [5];

        head kind = x -> Dense(6, relu) -> Dropout(0.5) -> Dense(2, softmax) { loss: categorical_cross_entropy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/keras_sequential.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: [0.346, 0.822, 0.33, -1.303, 0.905] },
                &[&[0.8219827, 0.17801724]],
            ),
            (
                NetInputs { x: [0.446, -0.537, 0.581, 0.365, 0.294] },
                &[&[0.7362829, 0.2637171]],
            ),
            (
                NetInputs { x: [0.028, 0.547, -0.736, -0.163, -0.482] },
                &[&[0.4942957, 0.5057044]],
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
