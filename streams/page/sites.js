// Of many sites those whose name is asked for, and no more than fit under a thumb.

const FEW = 6;

// sites: [id, name], in the order of the house. Where they are many, the `first` come before the others.
export function few(sites, { asked, none, first = () => false }) {
  if (sites.length <= FEW) return { many: false, shown: sites, more: "" };
  const found = sites.filter(([, name]) => plain(name).includes(plain(asked.trim())));
  const order = ([a, one], [b, other]) => first(b) - first(a) || one.localeCompare(other, "en", { numeric: true });
  const shown = found.toSorted(order).slice(0, FEW);
  const rest = found.length - shown.length;
  return { many: true, shown, more: rest ? `${rest} more: write part of a name.` : found.length ? "" : none };
}

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
