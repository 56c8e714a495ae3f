//! Words that one may have meant: a letter missing, added, wrong or swapped; two in long words.

/// Words near to one.
#[derive(Debug)]
pub struct Near {
    word: Vec<char>,
    most: usize,
    letters: u32,
    is_ascii: bool,
}

impl Near {
    /// Words near to `word`; none where it is so short that everything is near.
    pub fn to(word: &str) -> Option<Self> {
        let (letters, is_ascii) = (letters(word), word.is_ascii());
        let word: Vec<char> = word.chars().collect();
        let most = match word.len() {
            0..=3 => return None,
            4..=7 => 1,
            _ => 2,
        };
        Some(Self {
            word,
            most,
            letters,
            is_ascii,
        })
    }

    /// How many changes lead from one to the other, if few enough: optimal string alignment.
    pub fn distance(&self, other: &str) -> Option<usize> {
        // Bytes are at least as many as characters, and four at most for one.
        let longest = self.word.len() + self.most;
        let is_long = other.len() > longest && (other.is_ascii() || other.len() > 4 * longest);
        if is_long || other.len() + self.most < self.word.len() {
            return None;
        }
        // A change brings one letter and takes one, at most; of others than ASCII it may be more bytes.
        let is_plain = other.is_ascii() && self.is_ascii;
        let apart = (letters(other) ^ self.letters).count_ones() as usize;
        if is_plain && apart > 2 * self.most {
            return None;
        }
        let other: Vec<char> = other.chars().collect();
        if other.len().abs_diff(self.word.len()) > self.most {
            return None;
        }
        let width = self.word.len() + 1;
        let (mut before, mut last): (Vec<usize>, Vec<usize>) =
            (vec![0; width], (0..width).collect());
        for (row, c) in other.iter().enumerate() {
            let mut now = vec![row + 1; width];
            for (column, d) in self.word.iter().enumerate() {
                let change = last[column] + usize::from(c != d);
                now[column + 1] = change.min(last[column + 1] + 1).min(now[column] + 1);
                let is_swap =
                    row > 0 && column > 0 && *c == self.word[column - 1] && other[row - 1] == *d;
                if is_swap {
                    now[column + 1] = now[column + 1].min(before[column - 1] + 1);
                }
            }
            if now.iter().min().is_none_or(|least| *least > self.most) {
                return None;
            }
            before = std::mem::replace(&mut last, now);
        }
        last.last().copied().filter(|changes| *changes <= self.most)
    }
}

/// Which bytes a word has, as far as 32 bits tell.
fn letters(word: &str) -> u32 {
    let one = |letters, byte: u8| letters | 1 << (byte & 31);
    word.bytes().fold(0, one)
}

#[cfg(test)]
mod tests {
    use super::Near;

    #[test]
    fn near_is_a_letter_away_and_in_long_words_two() {
        let near = |word, other| Near::to(word).and_then(|near| near.distance(other));
        assert_eq!(near("pump", "pump"), Some(0));
        for other in ["pumps", "pmp", "pimp", "upmp"] {
            assert_eq!(near("pump", other), Some(1), "{other}");
        }
        assert_eq!(near("pump", "pimps"), None);
        assert_eq!(near("watering", "wateirgn"), Some(2));
        assert_eq!(near("watering", "wandering"), Some(2));
        assert_eq!(near("naïve", "naive"), Some(1));
        assert_eq!(near("abc", "abd"), None);
        assert_eq!(near("pump", ""), None);
    }
}
