using System.Text.Json;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>One step of a sign-in, as the trial page shows it.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Ok">False: it was refused here, and nothing came after.</param>
/// <param name="Detail">What was seen; never a secret, a code or a token.</param>
public sealed record SignInStep(string Name, bool Ok, string Detail);

/// <summary>What happened in one sign-in, step by step. It lives as long as its request; a trial keeps it for its page.</summary>
public sealed class SignInTrace
{
    private readonly List<SignInStep> _steps = [];

    /// <summary>The steps so far, in their order.</summary>
    public IReadOnlyList<SignInStep> Steps => _steps;

    /// <summary>
    /// All claims that came and were believed: of the id_token, and of the user information when it was asked. Undefined before.
    /// </summary>
    public JsonElement Claims { get; set; }

    /// <summary>What the rules made of them, when it came so far.</summary>
    public RoleVerdict? Verdict { get; set; }

    /// <summary>A step that went well.</summary>
    public void Done(string name, string detail) => _steps.Add(new(name, true, detail));

    /// <summary>The signature of a token is right, and so its claims are worth showing.</summary>
    public void Signed(SignedToken token)
    {
        Done("Signature", $"{token.Algorithm}, by a key of the provider.");
        Claims = token.Claims;
    }

    /// <summary>Adds the last step: the refusal.</summary>
    public void Refused(OidcFault fault) => _steps.Add(new($"Refused: {OidcReasons.Code(fault.Reason)}", false, fault.Detail));
}
