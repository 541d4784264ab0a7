# The commands under "Moving from and to kagent 0.10" in README.md, run as they stand there. Sourced by `run`.
# shellcheck shell=bash disable=SC2154 # $helm, $scratch, $crd, $bundle are of the script that sources this

# readme_commands NUMBER: the block of that number there
readme_commands() {
	awk -v wanted="$1" '
		/^## / { is_there = $0 == "## Moving from and to kagent 0.10" }
		is_there && /^```/ { inside = $0 == "```sh"; number += inside; next }
		inside && number == wanted' README.md
}

# In a shell of its own, which ends at the first command that fails; its helm is the one at hand.
run_readme() {
	readme_commands "$1" >"$scratch/commands"
	[ -s "$scratch/commands" ] || return 1
	PATH=$(dirname "$(helm_itself)"):$PATH bash -euo pipefail "$scratch/commands"
}

helm_itself() {
	if [ "$helm" = helm4 ]; then
		echo "$scratch/four/helm"
	else
		command -v helm
	fi
}

# kagent 0.10 in so far as it matters: a release that brought the CRD, serving both versions and converting nothing.
install_kagent() {
	local chart=$scratch/kagent-crds

	mkdir -p "$chart/templates"
	printf 'apiVersion: v2\nname: kagent-crds\nversion: 0.10.0\n' >"$chart/Chart.yaml"
	kubectl create --dry-run=client -o json -f "charts/sandgate/files/crds/$crd.yaml" |
		jq 'del(.spec.conversion) | .spec.versions[].served = true' >"$chart/templates/crd.json"
	"$helm" install kagent-crds "$chart" -n kagent
}

values_are_kept() {
	"$helm" get values sandgate -n kagent -o json | jq -es '.[0].logLevel == "warn"'
}

as_in_readme() {
	webhook true
	check "$helm installs with a value of the user's" "$helm" install sandgate charts/sandgate -n kagent --set logLevel=warn
	check "$helm: the webhook writes its CA into it" write_bundle
	start_controller
	check "$helm: README's way to v1alpha3 and back works as written" run_readme 1
	check "$helm: README's way keeps the user's values" values_are_kept
	check "$helm: README's way ends with v1alpha2 alone" equals "false Webhook $bundle" state
	stop_controller
	"$helm" uninstall sandgate -n kagent >/dev/null
	kubectl delete crd "$crd" modelconfigs.kagent.dev remotemcpservers.kagent.dev >/dev/null
	check "$helm: kagent's CRD is there" install_kagent
	check "$helm: README's way from 0.10 works as written" run_readme 2
	check "$helm: the CRD is sandgate's, and v1alpha3 goes on" equals "true Webhook " state
	check "$helm: README's way without a controller works as written" run_readme 3
	check "$helm: it ends v1alpha3" equals false served
	"$helm" uninstall sandgate -n kagent >/dev/null
}
