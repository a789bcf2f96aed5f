using System.Collections.Immutable;

namespace Appliance.Web.Audit;

/// <summary>Actions that belong together.</summary>
/// <param name="Name">In an address and on the command line.</param>
/// <param name="Words">On the page.</param>
/// <param name="Prefixes">Beginnings of its actions, separated by blanks.</param>
/// <param name="Actions">Those in use.</param>
public sealed record AuditKind(string Name, string Words, string Prefixes, ImmutableArray<AuditAction> Actions);

/// <summary>One action that the audit records.</summary>
/// <param name="Name">As it is stored.</param>
/// <param name="Words">What somebody wanted to do, in a few words.</param>
/// <param name="About">What it is, a phrase.</param>
public sealed record AuditAction(string Name, string Words, string About);

/// <summary>The result of an action, in words and with its picture.</summary>
/// <param name="Word">In a word or two.</param>
/// <param name="Tone">The class of its colour.</param>
/// <param name="Icon">Beside it, so that colour is not alone.</param>
/// <param name="Rest">What else is said, or nothing.</param>
public sealed record AuditOutcome(string Word, string Tone, string Icon, string Rest);
