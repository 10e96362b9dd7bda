#!/bin/sh
# Builds the image from packages alone and tries it with a root that nobody can write and a user without a name: containers/try.sh
#
# Needs podman, mmdebstrap, git and the project built; about ten minutes. For machines in which podman needs more: PODMAN is the command,
# BUILD and RUN are options of `build` and `run`. BASE is an image of Debian trixie that is there already.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
podman=${PODMAN:-podman}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

if [ -z "${BASE:-}" ]; then
  BASE=localhost/debian:trixie
  mmdebstrap --quiet --variant=minbase --include=ca-certificates --dpkgopt=force-unsafe-io \
    --customize-hook='copy-in /usr/local/share/ca-certificates /usr/local/share' \
    --customize-hook='chroot "$1" update-ca-certificates >/dev/null' trixie "$work/base.tar"
  $podman import --quiet "$work/base.tar" "$BASE" >/dev/null
  rm "$work/base.tar"
fi
git -C "$here/.." archive -o "$here/nonsmooth.tar" HEAD
$podman build --quiet --build-arg "BASE=$BASE" ${BUILD:-} -t nonsmooth "$here"

words="bifurcation-frequency --preset smoke --set dataset=glyphs"
mkdir -m 777 "$work/inside"
$podman run --rm --read-only --user 1234:1234 -v "$work/inside:/work" ${RUN:-} --entrypoint sh nonsmooth -euc "
  id
  touch /opt/nonsmooth/x 2>&1 || true
  nonsmooth doctor
  cp /opt/nonsmooth/notebooks/17-own-kinks.ipynb notebook.ipynb
  HOME=/work jupyter execute notebook.ipynb
  nonsmooth run $words --runs /work/runs
  nonsmooth figure $words --runs /work/runs --out /work/figures"

node "$here/../bin/nonsmooth.js" figure $words --runs "$work/outside/runs" --out "$work/outside/figures"
(cd "$work/outside" && find . -name '*.jsonl' -o -name '*.svg' -o -name '*.png' -o -name '*.csv') | while read -r file; do
  cmp "$work/outside/$file" "$work/inside/$file"
  echo "the same inside and outside: $file"
done
