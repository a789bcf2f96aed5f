namespace Appliance.Proxy.Variables;

/// <summary>Either a template or an error.</summary>
/// <param name="Template">Null when there is an error.</param>
/// <param name="Code"><c>unknown_variable</c> or <c>bad_template</c>.</param>
/// <param name="Error">A sentence with the 1-based position, or null.</param>
public sealed record TemplateParse(Template? Template, string? Code, string? Error);
