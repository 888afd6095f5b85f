// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** A recipe.yml after validation: how one image is made of Debian packages. docs/packages.md tells it with examples. */
export interface Recipe {
  /** Absent in a recipe that is made of files alone. */
  readonly packages?: readonly PackageRequest[];
  /** Only the packages named above, without what they depend on. */
  readonly only?: boolean;
  /** Dependencies that are left out, with everything that only they need. */
  readonly without?: readonly string[];
  /** Package name or glob -> what would have run at install ("postinst", "trigger ldconfig") -> what does its work here, or why none is needed. */
  readonly replaced?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Globs of what stays; those that begin with "!" take away again. All stays when absent. */
  readonly pick?: readonly string[];
  readonly move?: readonly Move[];
  readonly tar?: readonly TarStep[];
  readonly dirs?: readonly DirStep[];
  readonly links?: readonly LinkStep[];
  readonly files?: readonly FileStep[];
  readonly groups?: readonly Group[];
  readonly users?: readonly User[];
  readonly config?: RecipeConfig;
}

/** "name", "name=version", or the one package that a metapackage of that name depends on. */
export type PackageRequest = string | { readonly follow: string };

export interface Move {
  /** Path or glob that matches exactly one path. */
  readonly from: string;
  readonly to: string;
}

/** Packs a directory as a tar file inside the image, and takes the directory away. */
export interface TarStep {
  readonly from: string;
  readonly to: string;
  /** Where the directory goes when the tar is unpacked, relative to /; default its own path. */
  readonly as?: string;
}

export interface Ownership {
  /** Octal digits; default "0755" for directories and programs, "0644" for files. */
  readonly mode?: string;
  readonly uid?: number;
  readonly gid?: number;
}

export interface DirStep extends Ownership {
  readonly path: string;
}

/** One symbolic link, or one for each of `names` in a directory. */
export type LinkStep =
  | { readonly path: string; readonly target: string }
  | { readonly in: string; readonly names: readonly string[]; readonly target: string };

export interface FileStep extends Ownership {
  readonly path: string;
  readonly contents?: string;
  /** File below the recipe's own `files` folder. */
  readonly source?: string;
  /** One of tskit's own static programs, by name. */
  readonly program?: string;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members?: readonly string[];
}

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home?: string;
  readonly shell?: string;
}

/** OCI image-spec config.md, in the words of a Dockerfile. A label that is not a string is written as JSON. */
export interface RecipeConfig {
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly env?: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
  readonly stopsignal?: string;
  readonly labels?: Readonly<Record<string, string | object>>;
}
