// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** A recipe.yml after validation: how one image is made of Debian packages. docs/packages.md tells it with examples. */
export interface Recipe {
  /** Absent in a recipe that is made of files alone. */
  readonly packages?: readonly PackageRequest[];
  /** Only the packages named above, without what they depend on. */
  readonly only?: boolean;
  /** Dependencies that are left out, with everything that only they need: names and globs. */
  readonly without?: readonly OmittedPackage[];
  /** Package name or glob -> what would have run at install ("postinst", "trigger ldconfig") -> what does its work here, or why none is needed. */
  readonly replaced?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Globs of what stays; those that begin with "!" take away again. All stays when absent. */
  readonly pick?: readonly Pick[];
  /** The shared libraries that picked programs are linked with stay too. */
  readonly libraries?: boolean;
  readonly move?: readonly Move[];
  readonly tar?: readonly TarStep[];
  readonly dirs?: readonly DirStep[];
  readonly alternatives?: readonly Alternative[];
  readonly links?: readonly LinkStep[];
  readonly files?: readonly FileStep[];
  readonly edit?: readonly EditStep[];
  readonly owners?: readonly OwnerStep[];
  readonly groups?: readonly Group[];
  readonly users?: readonly User[];
  readonly certificates?: CertificateForm;
  readonly config?: RecipeConfig;
  /** A kernel that is compiled; then `packages` is its source, and there are no other keys. */
  readonly kernel?: KernelStep;
}

/** Debian's kernel source with fragments of configuration on top of the smallest kernel. */
export interface KernelStep {
  /** "6.12": the package linux-source-6.12. */
  readonly series: string;
  /** Names of shipped fragments, or files below the recipe's own `files` folder; `${arch}` is Debian's name of the architecture. */
  readonly fragments: readonly string[];
}

/** "name", "name=version", the one package that a metapackage depends on, the first that the archive has, or one that it may lack. */
export type PackageRequest =
  | string
  | { readonly follow: string }
  | { readonly any: readonly string[] }
  | { readonly name: string; readonly optional: true };

/** Name or glob; an optional one may be nothing that the others need. */
export type OmittedPackage = string | { readonly name: string; readonly optional?: boolean };

/** Path or glob, taken away when "!" stands before it; an optional one may match nothing. */
export type Pick = string | { readonly path: string; readonly optional?: boolean };

export interface Move {
  /** Path or glob that matches exactly one path. */
  readonly from: string;
  readonly to: string;
  /** Nothing is done when there is no such path. */
  readonly optional?: boolean;
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
  /** Number, or name in the image's /etc/passwd. */
  readonly uid?: number | string;
  /** Number, or name in the image's /etc/group. */
  readonly gid?: number | string;
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

/** Gives paths that packages brought another mode or owner; what is not said stays. */
export interface OwnerStep extends Ownership {
  /** Path or glob. */
  readonly path: string;
  /** Everything below too; a mode then is that of files, and directories can be searched by whoever can read them. */
  readonly recursive?: boolean;
}

/** Replaces a text of a package's file, which must be there once. */
export interface EditStep {
  readonly path: string;
  readonly from: string;
  readonly to: string;
}

/** What update-alternatives makes: `link` leads to /etc/alternatives/`name`, which leads to `target`. */
export interface Alternative {
  readonly link: string;
  readonly target: string;
  /** Default: the last component of `link`. */
  readonly name?: string;
}

/**
 * What is made of the certificates in /usr/share/ca-certificates and /usr/local/share/ca-certificates: "bundle" is the one file
 * /etc/ssl/certs/ca-certificates.crt in their place, "directory" also has links by name and by hash, as update-ca-certificates(8) makes.
 */
export type CertificateForm = 'bundle' | 'directory';

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
  /** Hash as crypt(5) has it, "" for none at all; any user's makes /etc/shadow, where the others are locked. */
  readonly password?: string;
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
