# The README's own examples, for the tests that run what it tells. Sourced.
# shellcheck shell=bash

# fenced LANGUAGE TEXT: the README's block in that language that holds TEXT
fenced() {
	awk -v fence="\`\`\`$1" -v text="$2" '$0 == fence { block = ""; inside = 1; next }
		inside && /^```$/ { if (index(block, text)) printf "%s", block; inside = 0 }
		inside { block = block $0 "\n" }' "$(dirname "${BASH_SOURCE[0]}")/../../README.md"
}
