namespace Appliance.Proxy.Variables;

/// <summary>Text with variables (<c>$name</c>, <c>${name}</c>), compiled once to segments. Immutable.</summary>
public sealed class Template
{
    private Template()
    {
    }

    /// <summary>Compiles <paramref name="text"/>; on failure the error says what and at which position.</summary>
    public static TemplateParse Parse(string text, VariableNames names) => throw new NotImplementedException();

    /// <summary>True when no variable is in it.</summary>
    public bool IsConstant => throw new NotImplementedException();

    /// <summary>The text for this request. Missing headers, arguments and cookies are empty. Allocates nothing for a constant.</summary>
    public string Render(RequestFacts facts) => throw new NotImplementedException();
}

/// <summary>Either a template or an error.</summary>
/// <param name="Template">Null when there is an error.</param>
/// <param name="Code"><c>unknown_variable</c>, <c>bad_template</c>.</param>
/// <param name="Error">A sentence with the position (1-based), or null.</param>
public sealed record TemplateParse(Template? Template, string? Code, string? Error);
