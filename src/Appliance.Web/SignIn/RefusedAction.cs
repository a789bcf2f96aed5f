namespace Appliance.Web.SignIn;

/// <summary>
/// What the audit calls it when somebody asks for an endpoint and may not have it; metadata of the endpoint. Without it, it is the view of
/// a page.
/// </summary>
/// <param name="Action">The action.</param>
internal sealed record RefusedAction(string Action);
