mtl::multitask! {
    pub struct Net {
        input one: [4];
        input two: [4];

        layer encoder_layer = Dense(5, selu) -> Dense(3, elu);
        shared encoder_second = one -> encoder_layer;
        shared encoder_second_2 = two -> encoder_layer;
        shared concatenate_1 = (encoder_second, encoder_second_2) -> Concat;

        head y = concatenate_1 -> Dense(1) { loss: mse }
        head z = concatenate_1 -> Dense(2, softplus) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/keras_nested_model.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { one: [0.346, 0.822, 0.33, -1.303], two: [-0.736, -0.163, -0.482, 0.599] },
                &[&[1.5705321], &[0.8618015, 0.0937891]],
            ),
            (
                NetInputs { one: [0.905, 0.446, -0.537, 0.581], two: [0.04, -0.292, -0.782, -0.257] },
                &[&[1.8052413], &[1.4822586, 0.32504866]],
            ),
            (
                NetInputs { one: [0.365, 0.294, 0.028, 0.547], two: [0.008, -0.276, 1.294, 1.007] },
                &[&[3.052787], &[1.1055357, 0.32640535]],
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
