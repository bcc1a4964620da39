mtl::multitask! {
    pub struct Net {
        input record: [4];
        input plan: class(5);
        input checklist: class(7);
        input household: class(791);

        shared home_embedding1 = household -> Embedding(8);
        shared body_normalize1 = record -> Normalize;
        shared body_one_hot1 = plan -> OneHot;
        shared body_one_hot2 = checklist -> OneHot;
        shared body_dense1 = (body_normalize1, body_one_hot1, body_one_hot2, home_embedding1) -> Concat
            -> Dense(64, tanh);

        head limited = body_dense1 -> Dense(20, tanh) -> Dense(1, sigmoid) { loss: binary_cross_entropy }
        head health = body_dense1 -> Dense(20, tanh) -> Dense(4, softmax) { loss: categorical_cross_entropy }
        head visits = body_dense1 -> Dense(20, tanh) -> Dense(1, exponential) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/plain_healthcare_patient.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { record: [1.2128448, -1.4390314, 1.2820146, -0.76219153], plan: 2, checklist: 1, household: 358 },
                &[&[0.41033053], &[0.4648167, 0.12835999, 0.25834626, 0.14847702], &[0.31407014]],
            ),
            (
                NetInputs { record: [1.4748614, -0.11349988, 1.4669814, -0.4849856], plan: 3, checklist: 2, household: 282 },
                &[&[0.39471638], &[0.506417, 0.11393973, 0.24466206, 0.13498119], &[0.34711483]],
            ),
            (
                NetInputs { record: [1.7368779, 1.2120316, 1.6519482, -0.20777941], plan: 0, checklist: 2, household: 206 },
                &[&[0.40192595], &[0.539336, 0.09917447, 0.23477338, 0.12671614], &[0.33472455]],
            ),
            (
                NetInputs { record: [1.9988945, -1.4624367, 1.836915, 0.06942654], plan: 2, checklist: 2, household: 130 },
                &[&[0.40216815], &[0.4884156, 0.11954095, 0.25575432, 0.13628913], &[0.31659153]],
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
