namespace Appliance.Web.Tests.Guards;

/// <summary>One type uses another one of the same assembly.</summary>
internal sealed record TypeUse(string Namespace, string Name, string UsedNamespace, string UsedName);
