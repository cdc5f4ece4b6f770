//! XGBoost's margins to the bit: whatever its transforms round otherwise, the sums under them are the framework's own.

mod margins;

#[test]
fn margins_are_equal_to_the_bit() {
    let compared = margins::assert_equal_to_the_bit("xgboost", |_| true);
    assert!(compared > 140, "only {compared} cases");
}
