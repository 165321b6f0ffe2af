//! Amounts that add up to another: a search of bounded work. Pure.

use crate::types::Money;

/// How many amounts are tried in combination: the first ones, so the likeliest are to stand there.
const TRIED_MAX: usize = 24;

/// Steps of one search.
const STEPS_MAX: usize = 50_000;

/// Steps of all the searches of one kind for one deposit; about a hundredth of a second.
pub(super) const STEPS_OF_ALL: usize = 500_000;

/// `at_least` or more of `of` whose amounts come to `wanted`, the first ones first; each amount is above zero.
///
/// To find that none do, 2^n sets would have to be tried: so at most 24 amounts are, in at most 50,000 steps a
/// search, and in what is left of `steps`, which all the searches of one kind for one deposit share. A search that ends
/// there finds nothing, and a person matches by hand as before.
pub(super) fn combination<'a, T>(
    wanted: Money,
    of: &[&'a T],
    amount: impl Fn(&T) -> Money + Copy,
    at_least: usize,
    steps: &mut usize,
) -> Option<Vec<&'a T>> {
    fn search<'a, T>(
        wanted: Money,
        of: &[&'a T],
        amount: impl Fn(&T) -> Money + Copy,
        at_least: usize,
        taken: &mut Vec<&'a T>,
        steps: &mut usize,
    ) -> bool {
        if wanted.is_zero() {
            return taken.len() >= at_least;
        }
        for (at, next) in of.iter().enumerate() {
            if *steps == 0 {
                return false;
            }
            *steps -= 1;
            if amount(next) > wanted {
                continue;
            }
            taken.push(next);
            if search(wanted - amount(next), &of[at + 1..], amount, at_least, taken, steps) {
                return true;
            }
            taken.pop();
        }
        false
    }
    let mut own = STEPS_MAX.min(*steps);
    let given = own;
    let mut taken = vec![];
    let tried = &of[..of.len().min(TRIED_MAX)];
    let found = wanted.is_positive() && search(wanted, tried, amount, at_least, &mut taken, &mut own);
    *steps -= given - own;
    found.then_some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(wanted: i64, of: &[i64], at_least: usize, steps: &mut usize) -> Option<Vec<i64>> {
        let of: Vec<&i64> = of.iter().collect();
        let amount = |cents: &i64| Money::from_cents(*cents);
        let found = combination(Money::from_cents(wanted), &of, amount, at_least, steps)?;
        Some(found.into_iter().copied().collect())
    }

    #[test]
    fn amounts_that_add_up_are_found_the_first_ones_first() {
        let mut steps = 1_000;
        assert_eq!(found(80, &[70, 50, 10, 30], 2, &mut steps), Some(vec![70, 10]));
        assert_eq!(found(80, &[90, 50, 30], 2, &mut steps), Some(vec![50, 30]));
        assert_eq!(found(80, &[80, 50], 2, &mut steps), None);
        assert_eq!(found(80, &[80, 50], 1, &mut steps), Some(vec![80]));
        assert_eq!(found(0, &[80], 0, &mut steps), None);
    }

    #[test]
    fn a_search_takes_no_more_steps_than_it_has_and_than_all_have() {
        // No sum of even amounts is odd: 2^24 sets.
        let even: Vec<i64> = (0..30).map(|n| 200 + 2 * n).collect();
        let mut steps = 120_000;
        assert_eq!(found(9_999, &even, 2, &mut steps), None);
        assert_eq!(steps, 70_000);
        assert_eq!(found(9_999, &even, 2, &mut steps), None);
        assert_eq!(found(9_999, &even, 2, &mut steps), None);
        assert_eq!(steps, 0);
        assert_eq!(found(200, &even, 1, &mut steps), None, "nothing is left to look for it");
    }
}
