mtl::multitask! {
    pub struct Net {
        input x: [8];

        shared first = x -> Dense(8);
        shared layer_normalization_1 = first -> LayerNorm -> Dense(8, relu) -> Dropout(0.1) -> Dense(8);
        shared add_1 = (first, layer_normalization_1) -> Add;
        shared layer_normalization_2 = add_1 -> LayerNorm -> Dense(8, relu) -> Dropout(0.1) -> Dense(8);
        shared add_2 = (add_1, layer_normalization_2) -> Add;
        shared layer_normalization_3 = add_2 -> LayerNorm -> Dense(8, relu) -> Dropout(0.1) -> Dense(8);
        shared add_3 = (add_2, layer_normalization_3) -> Add;

        head level = add_3 -> Dense(1) { loss: mse }
        head kind = add_3 -> Dense(4, softmax) { loss: categorical_cross_entropy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/keras_residual.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: [0.346, 0.822, 0.33, -1.303, 0.905, 0.446, -0.537, 0.581] },
                &[&[2.243483], &[0.86625284, 0.010696279, 0.11080082, 0.01225003]],
            ),
            (
                NetInputs { x: [0.365, 0.294, 0.028, 0.547, -0.736, -0.163, -0.482, 0.599] },
                &[&[5.2123], &[0.98839325, 1.3686322e-5, 0.011464162, 0.00012886185]],
            ),
            (
                NetInputs { x: [0.04, -0.292, -0.782, -0.257, 0.008, -0.276, 1.294, 1.007] },
                &[&[3.1031065], &[0.7813903, 0.007161887, 0.20075257, 0.010695312]],
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
