// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: tskit contributors

/** One recommendation: which value an option should have. */
export interface HardeningRule {
  readonly option: string;
  /** "y", "n", a string with its quotes, or the least number. */
  readonly expected: string | { readonly atLeast: number };
  readonly why: string;
  /** OCI architectures that have the option; all when absent. */
  readonly architectures?: readonly string[];
  /** An option without which this one means nothing. */
  readonly onlyWith?: string;
  /** Another option that serves as well when enabled: kernels have renamed some. */
  readonly or?: string;
}

export interface HardeningGroup {
  readonly title: string;
  readonly rules: readonly HardeningRule[];
}

const on = (option: string, why: string, more: Partial<HardeningRule> = {}): HardeningRule => ({
  option: `CONFIG_${option}`,
  expected: 'y',
  why,
  ...more,
});

const off = (option: string, why: string, more: Partial<HardeningRule> = {}): HardeningRule => ({
  ...on(option, why, more),
  expected: 'n',
});

const x86: Partial<HardeningRule> = { architectures: ['amd64'] };
const arm: Partial<HardeningRule> = { architectures: ['arm64'] };
const modules: Partial<HardeningRule> = { onlyWith: 'CONFIG_MODULES' };

/**
 * What the Kernel Self-Protection Project recommends (kernsec.org, "Recommended Settings", and kernel/configs/hardening.config of the
 * kernel's source), for the architectures that tskit builds. What needs clang or a plug-in of gcc is left out: Debian's source is built with
 * plain gcc.
 */
export const hardeningGroups: readonly HardeningGroup[] = [
  {
    title: 'memory permissions and layout',
    rules: [
      on('STRICT_KERNEL_RWX', 'kernel memory is either written or run'),
      on('STRICT_MODULE_RWX', 'the same for modules', modules),
      on('DEBUG_WX', 'says at boot when some memory is both'),
      on('VMAP_STACK', 'a stack that overflows hits a guard page'),
      on('RANDOMIZE_BASE', 'the kernel lies elsewhere at every boot'),
      on('RANDOMIZE_MEMORY', 'so do its memory maps', x86),
      on('RANDOMIZE_KSTACK_OFFSET_DEFAULT', 'stacks begin elsewhere at every system call'),
      on('SHUFFLE_PAGE_ALLOCATOR', 'pages are handed out in no order that can be guessed'),
      off('COMPAT_BRK', 'heaps of programs begin elsewhere at every start'),
      off('COMPAT_VDSO', 'the vDSO has no fixed address', x86),
      { option: 'CONFIG_DEFAULT_MMAP_MIN_ADDR', expected: { atLeast: 32768 }, why: 'a null pointer leads nowhere' },
    ],
  },
  {
    title: 'stack, heap and bounds',
    rules: [
      on('STACKPROTECTOR_STRONG', 'overflows of buffers on the stack are noticed'),
      on('SCHED_STACK_END_CHECK', 'so is the end of the stack'),
      on('SLAB_FREELIST_RANDOM', 'neighbours on the heap cannot be chosen'),
      on('SLAB_FREELIST_HARDENED', 'free lists cannot be forged'),
      off('SLAB_MERGE_DEFAULT', 'objects of different kinds do not share slabs'),
      on('RANDOM_KMALLOC_CACHES', 'allocations of one size come from several caches'),
      on('SLAB_BUCKETS', 'what users fill has caches of its own (since 6.11)'),
      on('HARDENED_USERCOPY', 'copies to and from programs stay within objects'),
      on('FORTIFY_SOURCE', 'so do copies of strings and memory'),
      on('UBSAN_BOUNDS', 'indices beyond an array stop the thread'),
      on('UBSAN_TRAP', 'at once, instead of with a message only', { onlyWith: 'CONFIG_UBSAN' }),
      on('LIST_HARDENED', 'links of lists are checked (since 6.6)', { or: 'CONFIG_DEBUG_LIST' }),
      on('BUG_ON_DATA_CORRUPTION', 'what is corrupted stops the thread'),
      on('KFENCE', 'a sample of allocations is guarded'),
    ],
  },
  {
    title: 'initialisation',
    rules: [
      on('INIT_STACK_ALL_ZERO', 'variables on the stack begin as zero'),
      on('INIT_ON_ALLOC_DEFAULT_ON', 'memory is cleared when it is handed out'),
      on('INIT_ON_FREE_DEFAULT_ON', 'and when it is given back: costs a few per cent'),
      on('ZERO_CALL_USED_REGS', 'registers are cleared at returns: costs size'),
    ],
  },
  {
    title: 'attack surface',
    rules: [
      off('DEVMEM', 'no program reads physical memory', { or: 'CONFIG_STRICT_DEVMEM' }),
      off('DEVPORT', 'nor ports'),
      off('PROC_KCORE', 'nor the memory of the kernel'),
      off('DEVKMEM', 'nor the memory of the kernel by its older name'),
      off('KEXEC', 'root cannot replace the running kernel'),
      off('HIBERNATION', 'nor by an image in the swap space'),
      off('LEGACY_PTYS', 'pseudo terminals of today only'),
      off('LDISC_AUTOLOAD', 'no program makes the kernel load line disciplines'),
      off('LEGACY_TIOCSTI', 'no program types for another (since 6.2)'),
      off('BINFMT_MISC', 'no interpreters by pattern; needed for programs of other architectures'),
      off('INET_DIAG', 'socket diagnosis; needed by ss'),
      off('USERFAULTFD', 'a page fault that a program can delay makes races easy'),
      off('MODIFY_LDT_SYSCALL', 'segments for programs of 16 bits', x86),
      off('IA32_EMULATION', 'programs of 32 bits', x86),
      off('X86_X32_ABI', 'programs of the x32 ABI', x86),
      on('LEGACY_VSYSCALL_NONE', 'no page of code at a fixed address', x86),
      off('ACPI_CUSTOM_METHOD', 'root cannot run ACPI code'),
      off('COMPAT', 'programs of 32 bits'),
      off('DEBUG_FS', 'files for developers', { or: 'CONFIG_DEBUG_FS_ALLOW_NONE' }),
      on('BPF_UNPRIV_DEFAULT_OFF', "BPF programs are root's", { onlyWith: 'CONFIG_BPF_SYSCALL' }),
      on('BPF_JIT_ALWAYS_ON', 'no interpreter that can be led astray', { onlyWith: 'CONFIG_BPF_SYSCALL' }),
    ],
  },
  {
    title: 'modules',
    rules: [
      on('MODULE_SIG', 'only signed modules are known as such', modules),
      on('MODULE_SIG_FORCE', 'and others are refused', modules),
      on('MODULE_SIG_SHA512', 'hashes of 512 bits', modules),
      off('MODULE_FORCE_LOAD', 'none of another kernel', modules),
    ],
  },
  {
    title: 'policy',
    rules: [
      on('SECURITY', 'Linux security modules'),
      on('SECURITY_YAMA', 'a program cannot trace its siblings'),
      on('SECURITY_LANDLOCK', 'programs can confine themselves'),
      on('SECURITY_LOCKDOWN_LSM', 'root can be kept out of the kernel'),
      on('SECURITY_LOCKDOWN_LSM_EARLY', 'from the first parameter on'),
      on('LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY', 'without being asked: takes kprobes, perf and the like away'),
      on('SECURITY_DMESG_RESTRICT', "messages of the kernel are root's"),
      off('SECURITY_SELINUX_DISABLE', 'no switch to take a policy away at run time'),
      on('SECCOMP_FILTER', 'programs can be kept from system calls'),
      on('SYN_COOKIES', 'a flood of connections does not fill the queue'),
    ],
  },
  {
    title: 'processors and devices',
    rules: [
      on('CPU_MITIGATIONS', 'against leaks by speculation', {
        architectures: ['amd64'],
        or: 'CONFIG_SPECULATION_MITIGATIONS',
      }),
      on('MITIGATION_PAGE_TABLE_ISOLATION', 'Meltdown', {
        architectures: ['amd64'],
        or: 'CONFIG_PAGE_TABLE_ISOLATION',
      }),
      on('MITIGATION_RETPOLINE', 'Spectre', { architectures: ['amd64'], or: 'CONFIG_RETPOLINE' }),
      on('X86_USER_SHADOW_STACK', 'programs may have shadow stacks', x86),
      on('X86_KERNEL_IBT', 'jumps land where they may', x86),
      on('IOMMU_SUPPORT', 'devices reach what they are given'),
      on('IOMMU_DEFAULT_DMA_STRICT', 'and no longer than that'),
      on('EFI_DISABLE_PCI_DMA', 'nothing before the kernel has taken over', { onlyWith: 'CONFIG_EFI' }),
      on('RESET_ATTACK_MITIGATION', 'firmware clears memory at a restart', { onlyWith: 'CONFIG_EFI' }),
      on('UNMAP_KERNEL_AT_EL0', 'Meltdown', arm),
      on('HARDEN_BRANCH_PREDICTOR', 'Spectre', arm),
      on('ARM64_PTR_AUTH_KERNEL', 'return addresses are signed', arm),
      on('ARM64_BTI_KERNEL', 'jumps land where they may', arm),
      on('ARM64_SW_TTBR0_PAN', 'the kernel reads no memory of programs by mistake', {
        architectures: ['arm64'],
        or: 'CONFIG_ARM64_PAN',
      }),
    ],
  },
];
